import Foundation
import Models
import Testing

/// By hand and by law: percentiles, counts and bytes; no test here depends on how fast the machine is.
@Suite("latency of a model in this process")
struct LatencyStudyTests {
  @Test("by hand: percentiles are times that were measured, the nearest rank")
  func percentiles() throws {
    let hundred = try #require(LatencyPercentiles((1...100).reversed().map(Double.init)))
    #expect((hundred.p50, hundred.p95, hundred.p99) == (50, 95, 99))
    #expect(hundred.count == 100 && hundred.mean == 50.5 && hundred.highest == 100)
    // Of 21 times 95 of 100 are 19.95, so 20; 99 of 100 are 20.79, so all.
    let few = try #require(LatencyPercentiles((1...21).map(Double.init)))
    #expect((few.p50, few.p95, few.p99) == (11, 20, 21))
    let one = try #require(LatencyPercentiles([7]))
    #expect((one.p50, one.p95, one.p99, one.highest) == (7, 7, 7, 7))
    #expect(LatencyPercentiles([]) == nil)
  }

  @Test("every case is measured so often, and keys and values take what their shape says")
  func counts() throws {
    let model = try GoldenModel("llama").model
    let study = LatencyStudy(
      batches: [1, 3], promptLengths: [2, 5], newTokens: 4, rounds: 2, warmUps: 1)
    var shares: [Double] = []
    let report = try study.run(on: model) { found, share in
      #expect(found.isPartial == (share < 1))
      shares.append(share)
      return true
    }
    #expect(shares.count == 12 && shares == shares.sorted() && shares.last == 1)
    #expect(report.cases.map(\.batch) == [1, 3, 1, 3])
    #expect(report.cases.map(\.promptLength) == [2, 2, 5, 5])
    #expect(report.weightBytes == model.bytesPerToken && !report.isPartial)
    let shape = model.configuration
    for found in report.cases {
      #expect(found.timeToFirstToken.count == 2 && found.perRequest.count == 2)
      #expect(found.perToken.count == 2 * 3, "a time between each of four tokens, two rounds")
      // A request is its first token and the times between the others.
      let parts = found.timeToFirstToken.mean + 3 * found.perToken.mean
      #expect(abs(found.perRequest.mean - parts) <= 1e-9 * parts)
      #expect(abs(found.tokensPerSecond * found.perToken.mean - 1000 * Double(found.batch)) < 1e-6)
      let tokens = found.promptLength + 4
      #expect(
        found.cacheBytes
          == found.batch * shape.layerCount * 2 * tokens * shape.keyValueWidth * 4)
    }
  }

  @Test("ended in the middle, what there is comes, and says that it is partial")
  func partial() throws {
    let model = try GoldenModel("opt").model
    let study = LatencyStudy(
      batches: [1, 2], promptLengths: [2], newTokens: 2, rounds: 3, warmUps: 0)
    let report = try study.run(on: model) { _, share in share < 0.5 }
    #expect(report.isPartial && report.cases.count == 2)
    #expect(report.cases.map(\.perRequest.count) == [2, 1])
  }

  @Test("what makes no sense, or does not fit, is refused")
  func refusals() throws {
    let model = try GoldenModel("llama").model
    let limit = model.configuration.contextLength
    for study in [
      LatencyStudy(batches: []), LatencyStudy(promptLengths: []), LatencyStudy(batches: [0]),
      LatencyStudy(batches: [5000]), LatencyStudy(promptLengths: [0]), LatencyStudy(newTokens: 1),
      LatencyStudy(rounds: 0), LatencyStudy(warmUps: -1),
      LatencyStudy(batches: [1], promptLengths: [2], newTokens: 4, rounds: Int.max / 2),
      LatencyStudy(promptLengths: [limit]),
      LatencyStudy(promptLengths: [2], newTokens: limit - 1),
    ] {
      #expect(throws: ModelError.self) { try study.run(on: model) }
    }
  }

  @Test("by hand: the largest batch is below every one that misses")
  func largestBatch() throws {
    func found(_ batch: Int, _ length: Int, _ p95: Double) -> String {
      let times =
        "{\"count\":1,\"mean\":1,\"p50\":1,\"p95\":\(p95),\"p99\":\(p95),\"highest\":\(p95)}"
      return """
        {"batch":\(batch),"promptLength":\(length),"perToken":\(times),"timeToFirstToken":\(times),
         "perRequest":\(times),"tokensPerSecond":1,"cacheBytes":1}
        """
    }
    let cases = [
      found(1, 16, 10), found(2, 16, 20), found(4, 16, 40), found(1, 64, 15), found(2, 64, 35),
      found(4, 64, 30),
    ]
    let study = try JSONEncoder().encode(LatencyStudy())
    let json = """
      {"study":\(String(decoding: study, as: UTF8.self)),"weightBytes":1,"partial":false,
       "cases":[\(cases.joined(separator: ","))]}
      """
    let report = try JSONDecoder().decode(LatencyReport.self, from: Data(json.utf8))
    #expect(report.largestBatch(within: 20, promptLength: 16) == 2)
    #expect(report.largestBatch(within: 40, promptLength: 16) == 4)
    // 4 is within 30 ms, and 2 is not: luck, and no answer.
    #expect(report.largestBatch(within: 30, promptLength: 64) == 1)
    #expect(report.largestBatch(within: 20) == 1 && report.largestBatch(within: 5) == nil)
    #expect(report.latencyCase(batch: 2, promptLength: 64)?.perToken.p95 == 35)
    #expect(report.latencyCase(batch: 3, promptLength: 64) == nil)
  }
}
