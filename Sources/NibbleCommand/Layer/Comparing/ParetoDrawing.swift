import Course
import Site

/// The chart of a comparison as SVG: bits per weight against the error, on a scale of decades.
///
/// Names are set in a monospace, so their widths are known, and none touches another or a point. A name
/// that finds no place beside its point is set further off, with a hairline to it; one that finds none
/// at all is left to the point's tooltip and the table.
struct ParetoDrawing {
  private let comparison: Comparison
  private let width: Double
  private let height: Double
  private let plot: Box
  private let scales: ParetoScales

  /// A drawing of some size, in pixels.
  init(_ comparison: Comparison, width: Double, height: Double) {
    self.comparison = comparison
    self.width = width
    self.height = height
    scales = ParetoScales(comparison)
    plot = Box(left: 46, top: 22, right: width - 14, bottom: height - 42)
  }

  /// A rectangle.
  struct Box {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double

    init(left: Double, top: Double, right: Double, bottom: Double) {
      self.left = left
      self.top = top
      self.right = right
      self.bottom = bottom
    }

    /// A square around a place.
    init(around place: (x: Double, y: Double), by half: Double) {
      self.init(
        left: place.x - half, top: place.y - half, right: place.x + half, bottom: place.y + half)
    }

    func touches(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    func contains(_ other: Box) -> Bool {
      left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
    }
  }

  /// A name and where it stands; `leader` where a line leads to its point.
  struct Label {
    let text: String
    let box: Box
    let isOnFront: Bool
    let leader: (from: (x: Double, y: Double), to: (x: Double, y: Double))?
  }

  /// How wide a letter of the 11-pixel monospace is, at most, and how high a line.
  static let letter = 6.8
  static let line = 13.0

  /// The drawing.
  func svg(class name: String) -> String {
    let label = HTMLText.escaped(alternative)
    return "<svg class=\"\(name)\" xmlns=\"http://www.w3.org/2000/svg\""
      + " viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" role=\"img\""
      + " aria-label=\"\(label)\">\n" + axes + front + points + names + "</svg>\n"
  }

  /// The sentence for those who do not see the drawing.
  private var alternative: String {
    let front = comparison.entries.filter(\.onParetoFront).map { comparison.label(of: $0) }
    return "Bits per weight against \(comparison.errorName). On the Pareto front, from few bits to "
      + "many: \(front.joined(separator: ", "))."
  }

  /// Points stand a little inside, so that none is cut off.
  private func x(_ right: Double) -> Double {
    plot.left + 12 + right * (plot.right - plot.left - 24)
  }

  private func y(_ up: Double) -> Double {
    plot.bottom - 10 - up * (plot.bottom - plot.top - 20)
  }

  private func place(of entry: Comparison.Entry) -> (x: Double, y: Double) {
    let (right, up) = scales.place(of: entry)
    return (x(right), y(up))
  }

  private var axes: String {
    var text = Self.path(
      "M\(Self.number(plot.left)) \(Self.number(plot.top))V\(Self.number(plot.bottom))H\(Self.number(plot.right))",
      class: "axis")
    let ticks = scales.down.ticks(about: 5)
    for (tick, label) in zip(ticks, ChartNumber.labels(of: ticks, isLogarithmic: true)) {
      let y = y(scales.down.position(of: tick) ?? 0)
      text += Self.path("M\(Self.number(plot.left - 4)) \(Self.number(y))h4", class: "axis")
      text += Self.text(label, x: plot.left - 8, y: y + 4, anchor: "end", class: "tick")
    }
    let bits = scales.across.ticks(about: width > 500 ? 10 : 5)
    for (tick, label) in zip(bits, ChartNumber.labels(of: bits, isLogarithmic: false)) {
      let x = x(scales.across.position(of: tick) ?? 0)
      text += Self.path("M\(Self.number(x)) \(Self.number(plot.bottom))v4", class: "axis")
      text += Self.text(label, x: x, y: plot.bottom + 18, anchor: "middle", class: "tick")
    }
    text += Self.text(comparison.errorName, x: 0, y: 11, anchor: "start", class: "tick")
    return text
      + Self.text(
        "bits per weight", x: plot.right, y: plot.bottom + 35, anchor: "end", class: "tick")
  }

  /// The front as a staircase: what error so many bits buy at best.
  private var front: String {
    let places = scales.entries.filter(\.onParetoFront).map { place(of: $0) }
    guard let first = places.first, places.count > 1 else { return "" }
    let steps = places.dropFirst().map { "H\(Self.number($0.x))V\(Self.number($0.y))" }
    return Self.path(
      "M\(Self.number(first.x)) \(Self.number(first.y))" + steps.joined(), class: "front")
  }

  private var points: String {
    // Points of the front are drawn last and lie on top.
    [false, true].flatMap { isOnFront in
      scales.entries.filter { $0.onParetoFront == isOnFront }.map { entry in
        let (x, y) = place(of: entry)
        let title =
          "\(comparison.label(of: entry)): \(ComparisonText.figure(entry.bitsPerWeight)) bits per "
          + "weight, \(ComparisonText.figure(comparison.error(of: entry)))"
        return "<circle class=\"\(isOnFront ? "best" : "other")\" cx=\"\(Self.number(x))\""
          + " cy=\"\(Self.number(y))\" r=\"3.5\"><title>\(HTMLText.escaped(title))</title></circle>\n"
      }
    }.joined()
  }

  private var names: String {
    labels.map { label in
      let line = label.leader.map { leader in
        Self.path(
          "M\(Self.number(leader.from.x)) \(Self.number(leader.from.y))L\(Self.number(leader.to.x)) "
            + Self.number(leader.to.y), class: "leader")
      }
      return (line ?? "")
        + Self.text(
          label.text, x: label.box.left, y: label.box.bottom - 3.5, anchor: "start",
          class: label.isOnFront ? "name best" : "name")
    }.joined()
  }

  /// The names that find a place, the front's first.
  var labels: [Label] {
    let places = scales.entries.map { place(of: $0) }
    var taken = places.map { Box(around: $0, by: 5) } + frontBoxes
    var labels: [Label] = []
    for isOnFront in [true, false] {
      for (entry, place) in zip(scales.entries, places)
      where entry.onParetoFront == isOnFront {
        let text = comparison.label(of: entry)
        guard let label = label(text, at: place, isOnFront: isOnFront, besides: taken) else {
          continue
        }
        labels.append(label)
        taken.append(label.box)
        taken += Self.boxes(along: label.leader)
      }
    }
    return labels
  }

  /// The first free place for a name: beside its point, then further and further off.
  private func label(
    _ text: String, at place: (x: Double, y: Double), isOnFront: Bool, besides taken: [Box]
  ) -> Label? {
    let size = Self.letter * Double(text.count)
    for distance in stride(from: 0.0, through: 36, by: 6) {
      for (x, y) in [(1.0, 0.0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)] {
        let side = x * (7 + distance)
        let left = x > 0 ? place.x + side : x < 0 ? place.x + side - size : place.x - size / 2
        let top =
          y == 0
          ? place.y - Self.line / 2 : place.y + y * (6 + distance + Self.line / 2) - Self.line / 2
        let box = Box(left: left, top: top, right: left + size, bottom: top + Self.line)
        guard plot.contains(box), !taken.contains(where: box.touches) else { continue }
        guard distance > 0 else {
          return Label(text: text, box: box, isOnFront: isOnFront, leader: nil)
        }
        let end = (
          x: min(max(place.x, box.left), box.right),
          y: y > 0 ? box.top : y < 0 ? box.bottom : place.y
        )
        let leader = (from: place, to: end)
        if Self.boxes(along: leader).contains(where: { taken.contains(where: $0.touches) }) {
          continue
        }
        return Label(text: text, box: box, isOnFront: isOnFront, leader: leader)
      }
    }
    return nil
  }

  /// Small boxes along a hairline, from where it has left its point.
  private static func boxes(
    along leader: (from: (x: Double, y: Double), to: (x: Double, y: Double))?
  ) -> [Box] {
    guard let (from, to) = leader else { return [] }
    let (across, down) = (to.x - from.x, to.y - from.y)
    let length = (across * across + down * down).squareRoot()
    return stride(from: 8.0, to: length - 1, by: 2).map { way in
      Box(
        around: (from.x + across * way / length, from.y + down * way / length), by: 0.5)
    }
  }

  /// The steps of the front, which names keep off.
  private var frontBoxes: [Box] {
    let places = scales.entries.filter(\.onParetoFront).map { place(of: $0) }
    return zip(places, places.dropFirst()).flatMap { from, to in
      [
        Box(left: from.x, top: from.y - 1, right: to.x, bottom: from.y + 1),
        Box(left: to.x - 1, top: from.y, right: to.x + 1, bottom: to.y),
      ]
    }
  }

  // MARK: SVG

  /// A coordinate with at most one decimal.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }

  private static func path(_ data: String, class name: String) -> String {
    "<path class=\"\(name)\" d=\"\(data)\"/>\n"
  }

  private static func text(
    _ text: String, x: Double, y: Double, anchor: String, class name: String
  ) -> String {
    "<text class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\""
      + (anchor == "start" ? "" : " text-anchor=\"\(anchor)\"")
      + ">\(HTMLText.escaped(text))</text>\n"
  }
}
