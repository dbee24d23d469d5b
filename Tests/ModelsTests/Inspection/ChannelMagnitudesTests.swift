import Models
import Tensors
import Testing

/// Evidence: by hand.
struct ChannelMagnitudesTests {
  @Test("a channel's maximum is that of its magnitudes, and the median is the middle one's")
  func byHand() throws {
    // Columns: |1|, |-2|; 4, 0; -8, 8; 0, 0; 40, -1.
    let matrix = try Matrix(rows: 2, columns: 5, elements: [1, 4, -8, 0, 40, -2, 0, 8, 0, -1])
    let found = ChannelMagnitudes(of: matrix)
    #expect(found.maxima == [2, 4, 8, 0, 40])
    // Of 2, 4, 8, 40, the silent channel left out, the middle is (4 + 8) / 2.
    #expect(found.median == 6)
    let ratios: [Double] = [2 / 6.0, 4 / 6.0, 8 / 6.0, 0, 40 / 6.0]
    #expect(found.ratios == ratios)
    #expect(found.outliers(from: 1) == [4, 2])
    #expect(found.outliers(from: 6.7) == [])
    // Quantiles are of all channels: of 0, 2, 4, 8, 40.
    #expect(found.quantiles([0, 0.5, 1]) == [0, 4, 40])
  }

  @Test("rows may come in pieces of any length", arguments: [1, 2, 3, 4, 7, 12])
  func pieces(length: Int) throws {
    let values = (0..<12).map { Float(($0 * 7) % 12) - 6 }
    let whole = ChannelMagnitudes(of: try Matrix(rows: 3, columns: 4, elements: values))
    var inPieces = ChannelMagnitudes(channels: 4)
    for start in stride(from: 0, to: 12, by: length) {
      inPieces.add(values[start..<min(start + length, 12)])
    }
    #expect(inPieces == whole)
  }

  @Test("zeros have no outliers, and neither have channels that are alike; NaN is passed over")
  func edges() throws {
    let zeros = ChannelMagnitudes(of: Matrix(rows: 2, columns: 3, repeating: 0))
    #expect(zeros.median == 0)
    #expect(zeros.ratios == [0, 0, 0])
    #expect(zeros.outliers(from: 1) == [])
    let alike = ChannelMagnitudes(of: Matrix(rows: 2, columns: 3, repeating: -3))
    #expect(alike.outliers(from: 1) == [0, 1, 2])
    #expect(alike.outliers(from: 1.01) == [])
    let broken = ChannelMagnitudes(of: try Matrix(rows: 2, columns: 1, elements: [.nan, 2]))
    #expect(broken.maxima == [2])
  }
}
