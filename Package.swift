// swift-tools-version: 6.2
import PackageDescription

// Every Swift target is held to the same rules: Swift 6, explicit imports, no warnings.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "nibble",
  products: [
    // What a chapter, or another package, imports. Dynamic, so that a chapter links in a blink.
    .library(name: "Nibble", type: .dynamic, targets: ["Nibble"]),
    .executable(name: "nibble", targets: ["NibbleCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // The engine, from the ground up.
    .target(name: "Grids", swiftSettings: strict),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels"),
    .target(
      name: "Tensors", dependencies: ["Grids", "COpenBLAS", "CKernels"], swiftSettings: strict),
    .target(
      name: "Quantization", dependencies: ["Tensors", "Grids", "CKernels"],
      swiftSettings: strict),
    .target(name: "Corpora", dependencies: ["Tensors", "Grids"], swiftSettings: strict),
    .target(
      name: "Training", dependencies: ["Tensors", "Grids", "CKernels", "COpenBLAS"],
      swiftSettings: strict),
    .target(name: "Tokenizers", swiftSettings: strict),
    .target(
      name: "Models",
      dependencies: ["Quantization", "Tensors", "Tokenizers", "CKernels"],
      swiftSettings: strict),
    .target(
      name: "Pipelines",
      dependencies: ["Models", "Quantization", "Tokenizers", "Tensors", "Grids", "CKernels"],
      swiftSettings: strict),
    .target(name: "StepRecords", swiftSettings: strict),
    .target(
      name: "Nibble",
      dependencies: [
        "Pipelines", "Models", "Training", "Corpora", "Tokenizers", "Quantization", "Tensors",
        "Grids", "StepRecords",
      ],
      swiftSettings: strict),

    // What both towers may stand on: one SHA-256.
    .target(name: "Digests", swiftSettings: strict),

    // The course: chapter → program → run → result → page or terminal.
    .systemLibrary(name: "CCMark", pkgConfig: "libcmark", providers: [.apt(["libcmark-dev"])]),
    .target(
      name: "Course", dependencies: ["CCMark", "Digests", "StepRecords", "Yams"],
      swiftSettings: strict),
    .target(name: "Terminal", dependencies: ["Course", "StepRecords"], swiftSettings: strict),
    .target(name: "Site", dependencies: ["Course", "StepRecords"], swiftSettings: strict),

    // Published models and data sets, into a cache folder, checked.
    .target(name: "Fetching", dependencies: ["Digests"], swiftSettings: strict),

    // A folder of pages, shown to browsers on the same machine.
    .target(
      name: "Serving",
      dependencies: [
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: strict),

    // A model's server, pressed from outside and timed token by token.
    .target(
      name: "LoadTesting",
      dependencies: [.product(name: "Histogram", package: "hdrhistogram-swift")],
      swiftSettings: strict),

    // Where everything meets, and the only place that prints.
    .executableTarget(
      name: "NibbleCommand",
      dependencies: [
        "Grids", "CKernels", "Tensors", "Quantization", "Tokenizers", "Corpora", "Models",
        "Pipelines", "Training", "Course", "Terminal", "Site", "Serving", "Fetching", "Digests",
        "LoadTesting", "StepRecords", "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // What test targets share: goldens, snapshots.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "GridsTests", dependencies: ["Grids", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TensorsTests", dependencies: ["Tensors", "Grids", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "QuantizationTests",
      dependencies: ["Quantization", "Tensors", "Grids", "CKernels", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CorporaTests", dependencies: ["Corpora", "Tensors"], swiftSettings: strict),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "Tensors"], swiftSettings: strict),
    .testTarget(
      name: "TokenizersTests", dependencies: ["Tokenizers", "Tensors", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ModelsTests",
      dependencies: ["Models", "Corpora", "Quantization", "Tokenizers", "Tensors", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PipelinesTests",
      dependencies: [
        "Pipelines", "Models", "Quantization", "Tokenizers", "Tensors", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "StepRecordsTests", dependencies: ["StepRecords"], swiftSettings: strict),
    .testTarget(
      name: "CourseTests", dependencies: ["Course", "StepRecords"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "TerminalTests", dependencies: ["Terminal", "Course", "StepRecords", "TestSupport"],
      exclude: ["Snapshots"],
      swiftSettings: strict),
    .testTarget(
      name: "SiteTests", dependencies: ["Site", "Course", "StepRecords", "TestSupport"],
      exclude: ["Snapshots"],
      swiftSettings: strict),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: strict),
    .testTarget(
      name: "FetchingTests", dependencies: ["Fetching", "Digests", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "LoadTestingTests", dependencies: ["LoadTesting", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(name: "ChapterTests", dependencies: ["Course"], swiftSettings: strict),
    .testTarget(
      name: "CLITests", dependencies: ["Serving", "TestSupport"], exclude: ["Snapshots"],
      swiftSettings: strict),
  ]
)
