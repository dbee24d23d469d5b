/// Finds a place for every series' name: at its end, where nothing is drawn.
///
/// A series that ends at the right edge is named in the gutter beside it. One that ends earlier is named
/// next to its end if a place there is free of lines, points and other names; if none is, it is named in
/// the gutter too, with a hairline that leads to it.
struct PlaneLabels {
  /// A name and where it stands.
  struct Label: Equatable {
    let text: String
    let x: Double
    var y: Double
    /// `start`, `middle` or `end`.
    let anchor: String
    /// The series' index.
    let series: Int
    /// Where the series ends, when the name needs a line to it.
    var leader: (x: Double, y: Double)?

    static func == (one: Label, other: Label) -> Bool {
      one.text == other.text && one.x == other.x && one.y == other.y && one.series == other.series
    }
  }

  /// A series as drawn: its name, where it ends, and what it covers.
  struct Series {
    let name: String
    let end: (x: Double, y: Double)
    let lines: [[(x: Double, y: Double)]]
  }

  /// A rectangle that a name, or something it must not touch, fills.
  struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    func touches(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    /// Whether a straight line between two points passes through, by clipping it at the four sides.
    func isCrossed(from start: (x: Double, y: Double), to end: (x: Double, y: Double)) -> Bool {
      var (first, last) = (0.0, 1.0)
      let (across, down) = (end.x - start.x, end.y - start.y)
      for (step, distance) in [
        (-across, start.x - left), (across, right - start.x), (-down, start.y - top),
        (down, bottom - start.y),
      ] {
        if step == 0 {
          if distance < 0 { return false }
        } else if step < 0 {
          first = max(first, distance / step)
        } else {
          last = min(last, distance / step)
        }
      }
      return first <= last
    }
  }

  /// The height that a name takes.
  static let height = 13.0

  /// The names, in the order of the series; series without a name have none.
  let labels: [Label]
  /// Whether every name that wanted a place inside found one; the others stand in the gutter.
  let inGutter: Set<Int>

  /// Places names.
  ///
  /// - Parameters:
  ///   - series: The series as drawn.
  ///   - plot: Where data are drawn; names may stand there, and in the gutter to the right of it.
  ///   - gutter: Series that are named in the gutter in any case.
  ///   - taken: What else is drawn: the caption of the vertical axis.
  init(_ series: [Series], plot: Box, gutter: Set<Int>, taken: [Box]) {
    var labels: [Label] = []
    var taken = taken
    var crowded = gutter
    for (index, one) in series.enumerated() where !one.name.isEmpty && !gutter.contains(index) {
      let free = Self.places(for: one, index: index).first { label in
        let box = Self.box(of: label)
        return box.left >= plot.left + 2 && box.right <= plot.right + 2 && box.top >= 0
          && box.bottom <= plot.bottom - 1 && !taken.contains { $0.touches(box) }
          && !series.contains { Self.isCrossed(box, by: $0) }
      }
      if let free {
        labels.append(free)
        taken.append(Self.box(of: free))
      } else {
        crowded.insert(index)
      }
    }
    labels += Self.stacked(series, named: crowded, inside: gutter, plot: plot)
    self.labels = labels.sorted { $0.series < $1.series }
    inGutter = crowded
  }

  /// The places beside an end, the best one first.
  private static func places(for series: Series, index: Int) -> [Label] {
    let (x, y) = series.end
    func label(_ dx: Double, _ dy: Double, _ anchor: String) -> Label {
      Label(text: series.name, x: x + dx, y: y + dy, anchor: anchor, series: index)
    }
    return [
      label(8, 4, "start"), label(6, -6, "start"), label(6, 15, "start"), label(0, -9, "middle"),
      label(0, 18, "middle"), label(-8, -6, "end"), label(-8, 15, "end"), label(-9, 4, "end"),
    ]
  }

  /// What a name covers.
  static func box(of label: Label) -> Box {
    let width = SVGText.width(of: label.text)
    let left =
      label.anchor == "start"
      ? label.x : label.anchor == "end" ? label.x - width : label.x - width / 2
    return Box(left: left, top: label.y - 10, right: left + width, bottom: label.y + 3)
  }

  private static func isCrossed(_ box: Box, by series: Series) -> Bool {
    series.lines.contains { line in
      guard line.count > 1 else {
        return line.contains { box.isCrossed(from: $0, to: $0) }
      }
      return zip(line, line.dropFirst()).contains { box.isCrossed(from: $0, to: $1) }
    }
  }

  /// The names in the gutter, pushed apart where they would touch.
  private static func stacked(
    _ series: [Series], named: Set<Int>, inside gutter: Set<Int>, plot: Box
  ) -> [Label] {
    var labels = named.filter { !series[$0].name.isEmpty }.sorted().map { index in
      let end = series[index].end
      return Label(
        text: series[index].name, x: plot.right + 9, y: end.y, anchor: "start", series: index,
        leader: gutter.contains(index) ? nil : end)
    }
    labels.sort { ($0.y, $0.series) < ($1.y, $1.series) }
    for index in labels.indices.dropFirst() {
      labels[index].y = max(labels[index].y, labels[index - 1].y + height + 1)
    }
    if let last = labels.last, last.y > plot.bottom {
      labels[labels.count - 1].y = plot.bottom
      for index in labels.indices.dropLast().reversed() {
        labels[index].y = min(labels[index].y, labels[index + 1].y - height - 1)
      }
    }
    return labels.map { label in
      var label = label
      label.y += 4
      return label
    }
  }
}
