import Site
import Testing

/// Templates.
///
/// Evidence: by hand.
@Suite("Templates")
struct TemplateTests {
  private func fill(_ text: String, _ values: [String: Template.Value]) throws -> String {
    try Template(text, path: "page.html").filled(values)
  }

  @Test("texts are escaped, HTML is not")
  func values() throws {
    #expect(
      try fill("{{a}}|{{{b}}}|{{{a}}}", ["a": .text("<&"), "b": .html("<b>")])
        == "&lt;&amp;|<b>|&lt;&amp;")
  }

  @Test(
    "a list repeats, an item's name hides the page's, and nothing else is shown for an empty one")
  func lists() throws {
    let values: [String: Template.Value] = [
      "name": .text("page"), "items": .list([["name": .text("one")], [:]]), "none": .list([]),
    ]
    #expect(try fill("{{#items}}[{{name}}]{{/items}}", values) == "[one][page]")
    #expect(try fill("{{#none}}x{{/none}}{{^none}}y{{/none}}", values) == "y")
    #expect(try fill("{{#name}}x{{/name}}{{^name}}y{{/name}}", values) == "x")
  }

  @Test(
    "a mistake names the template and its line",
    arguments: [
      ("\n{{missing}}", "page.html:2: no missing here; there is html, list, text"),
      ("{{html}}", "page.html:1: html is HTML; write {{{html}}}"),
      ("\n\n{{list}}", "page.html:3: list is a list; write {{#list}} … {{/list}}"),
      ("a\n{{text", "page.html:2: {{ without }}"),
      ("{{#list}}\n", "page.html:1: {{#list}} without {{/list}}"),
      ("{{#list}}\n{{/text}}", "page.html:2: {{/text}} where {{/list}} was expected"),
      ("{{/list}}", "page.html:1: {{/list}} where {{/}} was expected"),
    ])
  func mistakes(template: String, message: String) throws {
    let error = #expect(throws: SiteError.self) {
      try fill(template, ["text": .text(""), "html": .html("x"), "list": .list([[:]])])
    }
    #expect(error?.description == message)
  }
}
