internal import Foundation

/// `Sun, 06 Nov 1994 08:49:37 GMT`, as hosts write a time.
///
/// Source: RFC 9110, sections 5.6.7 and 10.2.3; the two older forms are not read.
enum HTTPDate {
  /// How long to wait, as `Retry-After` says it: in seconds, or as a time.
  ///
  /// - Parameters:
  ///   - field: The header's value.
  ///   - now: The host's own time, so that its clock need not be this machine's; nil takes this machine's.
  /// - Returns: Seconds, 0 for a time that is over; nil for what is neither.
  static func seconds(until field: String, from now: String?) -> Double? {
    if let seconds = Double(field) { return seconds.isFinite && seconds >= 0 ? seconds : nil }
    guard let time = date(field) else { return nil }
    let start = now.flatMap(date) ?? Date()
    return max(0, time.timeIntervalSince(start))
  }

  private static func date(_ text: String) -> Date? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter.date(from: text)
  }
}
