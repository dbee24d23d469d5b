import Models
import Terminal

/// Channels of several layers as rows of shades: the darker, the farther above the layer's median.
///
/// A row has all channels of its layer, from left to right, however many they are; a cell shows the
/// largest of the channels that fall on it.
struct OutlierMap {
  /// A layer's name and its channels.
  struct Row {
    let name: String
    let magnitudes: ChannelMagnitudes
  }

  let title: String
  let rows: [Row]

  /// From how many medians a shade begins; below the first a channel is like the others.
  private static let shades: [(from: Double, mark: Character)] = [
    (2, "░"), (4, "▒"), (8, "▓"), (16, "█"),
  ]
  /// A channel like the others, and one that was always 0.
  private static let (like, silent): (Character, Character) = ("·", " ")
  private static let widest = 100

  /// The map's lines, none longer than a width.
  func lines(width: Int) -> [StyledLine] {
    let width = min(width, Self.widest)
    let wrapper = LineWrapper(width: width)
    let nameWidth = min(rows.map { DisplayWidth.of($0.name) }.max() ?? 0, width / 2 - 2)
    let room = width - nameWidth - 2
    let cells = min(room, rows.map(\.magnitudes.maxima.count).max() ?? 1)
    var lines = wrapper.lines([Span(title, .bold)])
    for row in rows {
      let name = Self.end(of: row.name, columns: nameWidth)
      let padding = String(
        repeating: " ", count: max(0, nameWidth + 2 - DisplayWidth.of(name)))
      lines.append(
        StyledLine([Span(name + padding)] + Self.spans(row.magnitudes, cells: cells)))
    }
    return lines + wrapper.lines([Span(Self.key, .dim)])
  }

  private static var key: String {
    let steps = shades.map { "\($0.mark) \(Int($0.from))×" }.joined(separator: "  ")
    return "\(like) below 2 medians  \(steps) and more; blank: always 0. "
      + "Channels run from left to right."
  }

  /// The shades of a row, neighbours of one style together.
  private static func spans(_ magnitudes: ChannelMagnitudes, cells: Int) -> [Span] {
    var spans: [Span] = []
    for ratio in cellRatios(magnitudes.ratios, cells: cells) {
      let mark = mark(of: ratio)
      let style: TextStyle =
        ratio >= ChannelReport.outlierRatio ? .accent : mark == like ? .dim : .plain
      if let last = spans.last, last.style == style {
        spans[spans.count - 1] = Span(last.text + String(mark), style)
      } else {
        spans.append(Span(String(mark), style))
      }
    }
    return spans
  }

  /// The largest ratio of the channels of each cell; a row of fewer channels is stretched.
  static func cellRatios(_ ratios: [Double], cells: Int) -> [Double] {
    (0..<cells).map { cell in
      let first = cell * ratios.count / cells
      let end = max(first + 1, (cell + 1) * ratios.count / cells)
      return ratios[first..<end].max() ?? 0
    }
  }

  static func mark(of ratio: Double) -> Character {
    ratio == 0 ? silent : shades.last { ratio >= $0.from }?.mark ?? like
  }

  /// The end of a name, which tells layers apart.
  private static func end(of name: String, columns: Int) -> String {
    let name = Span(name).text
    guard DisplayWidth.of(name) > columns else { return name }
    // By what a terminal shows: a character of another script may take two columns.
    var (end, width) = (name[name.endIndex...], 1)
    while let next = name[..<end.startIndex].last, width + DisplayWidth.of(String(next)) <= columns
    {
      width += DisplayWidth.of(String(next))
      end = name[name.index(before: end.startIndex)...]
    }
    return "…" + end
  }
}
