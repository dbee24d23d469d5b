/// A drawing surface of braille dots: two across and four down in every character.
package struct BrailleCanvas {
  /// Characters across.
  package let columns: Int
  /// Characters down.
  package let rows: Int
  private var patterns: [UInt8]
  private var series: [Int]

  package init(columns: Int, rows: Int) {
    self.columns = max(1, columns)
    self.rows = max(1, rows)
    patterns = Array(repeating: 0, count: self.columns * self.rows)
    series = Array(repeating: 0, count: self.columns * self.rows)
  }

  /// Dots across.
  var dotsAcross: Int { columns * 2 }
  /// Dots down.
  var dotsDown: Int { rows * 4 }

  /// Sets a dot, counted from the upper left; one outside is not drawn.
  package mutating func set(x: Int, y: Int, series: Int) {
    guard (0..<dotsAcross).contains(x), (0..<dotsDown).contains(y) else { return }
    let cell = (y / 4) * columns + x / 2
    // Dots 1 2 3 7 stand in the left column, 4 5 6 8 in the right one.
    let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    patterns[cell] |= bits[x % 2][y % 4]
    self.series[cell] = series
  }

  /// Draws a straight line; `dash` gives how many dots are drawn and left out in turn.
  package mutating func line(
    from start: (x: Int, y: Int), to end: (x: Int, y: Int), series: Int,
    dash: (on: Int, off: Int)? = nil
  ) {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
    for step in 0...steps {
      let fraction = Double(step) / Double(steps)
      let x = start.x + Int((Double(end.x - start.x) * fraction).rounded())
      let y = start.y + Int((Double(end.y - start.y) * fraction).rounded())
      // Dashes go by place, not by step, so that short pieces of one line agree.
      if let dash, (x + y) % (dash.on + dash.off) >= dash.on { continue }
      set(x: x, y: y, series: series)
    }
  }

  /// The drawing, line by line; each series in its style.
  package func lines(styles: (Int) -> TextStyle) -> [StyledLine] {
    (0..<rows).map { row in
      var line = StyledLine()
      for column in 0..<columns {
        let cell = row * columns + column
        let scalar = Unicode.Scalar(0x2800 + UInt32(patterns[cell])) ?? " "
        let text = patterns[cell] == 0 ? " " : String(Character(scalar))
        line.spans.append(Span(text, patterns[cell] == 0 ? .plain : styles(series[cell])))
      }
      return StyledLine(Self.joined(line.spans))
    }
  }

  /// Neighbours in one style become one span.
  private static func joined(_ spans: [Span]) -> [Span] {
    var result: [Span] = []
    for span in spans {
      if let last = result.last, last.style == span.style {
        result[result.count - 1] = Span(last.text + span.text, span.style)
      } else {
        result.append(span)
      }
    }
    return result
  }
}
