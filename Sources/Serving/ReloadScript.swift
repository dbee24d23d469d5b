/// The script that loads an open page again, and the line that puts it on a page.
///
/// The line is added to what goes over the wire; files on disk never have it. It says which state of the
/// site its page shows, so a page that missed a change, or slept while the server was started again,
/// catches up as soon as it listens.
enum ReloadScript {
  /// Where the script is; names with a dot in front are never files of the site.
  static let address = "/.nibble/reload.js"
  /// Where changes are told.
  static let eventsAddress = "/.nibble/events"

  /// A page with the line in it, before its body ends.
  static func added(to page: [UInt8], version: String) -> [UInt8] {
    let line = Array("<script src=\"\(address)\" data-version=\"\(version)\"></script>\n".utf8)
    guard let end = lastBodyEnd(of: page) else { return page + line }
    return page[..<end] + line + page[end...]
  }

  private static func lastBodyEnd(of page: [UInt8]) -> Int? {
    let mark = Array("</body>".utf8)
    guard page.count >= mark.count else { return nil }
    return (0...page.count - mark.count).last { start in
      page[start] == mark[0] && page[start..<start + mark.count].elementsEqual(mark)
    }
  }

  /// A hidden page does not listen: browsers allow six connections to one server, all tabs together.
  static let text = """
    (() => {
      "use strict";
      const shown = document.currentScript.dataset.version;
      let events;
      let note;
      function tell(trouble) {
        if (!trouble) { note?.remove(); note = undefined; return; }
        if (!note) {
          note = document.createElement("pre");
          note.id = "nibble-trouble";
          note.setAttribute("role", "alert");
          note.style.cssText = "position:fixed;inset:auto 0 0 0;margin:0;padding:1rem;z-index:9999;"
            + "white-space:pre-wrap;overflow-wrap:anywhere;background:#1d1c1a;color:#fbfaf6;"
            + "border-top:3px solid #c8432b;font:14px/1.5 monospace;max-height:50vh;overflow:auto";
          document.body.append(note);
        }
        note.textContent = "This page is the last good one.\\n" + trouble;
      }
      function listen() {
        events?.close();
        events = undefined;
        if (document.visibilityState === "hidden") return;
        events = new EventSource("\(eventsAddress)");
        events.onmessage = (event) => { if (event.data !== shown) location.reload(); };
        events.addEventListener("trouble", (event) => tell(event.data));
      }
      document.addEventListener("visibilitychange", listen);
      addEventListener("pagehide", () => events?.close());
      addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
      listen();
    })();

    """
}
