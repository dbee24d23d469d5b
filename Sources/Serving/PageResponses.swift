internal import FlyingFox
internal import Foundation

/// Answers requests: a file of the folder, the reload script, the events, or why not.
struct PageResponses: HTTPHandler {
  let folder: ServedFolder
  let events: PageEvents

  func handleRequest(_ request: HTTPRequest) async -> HTTPResponse {
    guard request.method == .GET || request.method == .HEAD else {
      return response(
        .methodNotAllowed, type: "text/plain; charset=utf-8",
        Array("Only GET and HEAD are answered here.\n".utf8), to: request,
        adding: [HTTPHeader("Allow"): "GET, HEAD"])
    }
    let address = request.target.path()
    switch address {
    case ReloadScript.address:
      let script = Array(ReloadScript.text.utf8)
      return response(.ok, type: ContentType.of(address), script, to: request)
    case ReloadScript.eventsAddress:
      return eventStream(to: request)
    default:
      return page(at: address, to: request)
    }
  }

  private func page(at address: String, to request: HTTPRequest) -> HTTPResponse {
    // Before the file is read: a page may then be loaded once too often, and never too seldom.
    let version = events.version
    switch folder.find(address) {
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path) else { break }
      let type = ContentType.of(path)
      let bytes = [UInt8](data)
      return response(
        .ok, type: type,
        type == ContentType.html ? ReloadScript.added(to: bytes, version: version) : bytes,
        to: request)
    case .moved(let address):
      return response(
        .permanentRedirect, type: "text/plain; charset=utf-8", Array("\(address)\n".utf8),
        to: request, adding: [.location: address])
    case .nothing:
      // Browsers ask for it without being told to, and would complain of a page that is not there.
      if address == "/favicon.ico" { return HTTPResponse(statusCode: .noContent) }
    }
    let missing = ReloadScript.added(to: Array(Self.missing.utf8), version: version)
    return response(.notFound, type: ContentType.html, missing, to: request)
  }

  private func eventStream(to request: HTTPRequest) -> HTTPResponse {
    var headers = Self.headers(type: "text/event-stream")
    headers[.cacheControl] = "no-store"
    guard request.method == .GET else { return HTTPResponse(statusCode: .ok, headers: headers) }
    return HTTPResponse(
      statusCode: .ok, headers: headers,
      body: HTTPBodySequence(from: EventBody(messages: events.listen())))
  }

  private func response(
    _ status: HTTPStatusCode, type: String, _ body: [UInt8], to request: HTTPRequest,
    adding extra: [HTTPHeader: String] = [:]
  ) -> HTTPResponse {
    var headers = Self.headers(type: type)
    for (header, value) in extra { headers[header] = value }
    headers[.contentLength] = String(body.count)
    let isHead = request.method == .HEAD
    return HTTPResponse(statusCode: status, headers: headers, body: isHead ? Data() : Data(body))
  }

  private static func headers(type: String) -> HTTPHeaders {
    [
      .contentType: type,
      .cacheControl: "no-cache",
      HTTPHeader("X-Content-Type-Options"): "nosniff",
    ]
  }

  private static let missing = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>No such page</title>
    </head>
    <body>
    <h1>No such page</h1>
    <p>The site has nothing at this address. <a href="/">Go to the first page.</a></p>
    </body>
    </html>

    """
}
