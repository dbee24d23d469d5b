/// Checks what several steps and blocks of a chapter must agree on.
struct StructureLint {
  let chapter: Chapter

  func diagnostics() -> [Diagnostic] {
    duplicateIDs() + exercises() + claims() + chapter.blocks.flatMap { regions($0) } + outputs()
  }

  private func diagnostic(
    _ id: String, _ line: Int, _ summary: String, severity: Diagnostic.Severity = .error
  ) -> Diagnostic {
    Diagnostic(severity, id: id, path: chapter.path, line: line, summary: summary)
  }

  // MARK: - Ids

  private func duplicateIDs() -> [Diagnostic] {
    var lines: [String: Int] = [:]
    return chapter.steps.compactMap { step in
      guard let line = lines.updateValue(step.line, forKey: step.id) else { return nil }
      let advice =
        step.role.exercise == nil
        ? "give one of them another name=" : "an exercise has one of each but wrong answers"
      return diagnostic(
        "duplicate-step", step.line, "step \(step.id) stands at line \(line) already; \(advice)")
    }
  }

  // MARK: - Exercises

  private func exercises() -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    let stubs = chapter.steps.enumerated().filter {
      if case .stub = $0.element.role { true } else { false }
    }
    let names = stubs.compactMap(\.element.role.exercise)
    for (index, step) in chapter.steps.enumerated() {
      guard let exercise = step.role.exercise else { continue }
      let isStub = names.contains(exercise) && stubs.contains { $0.offset == index }
      guard !isStub else { continue }
      if !names.contains(exercise) {
        diagnostics.append(
          diagnostic(
            "unknown-exercise", step.line,
            "no fence says exercise=\(exercise)\(NearestWords.question(exercise, among: names))"))
      } else if !stubs.contains(where: { $0.element.role.exercise == exercise && $0.offset < index }
      ) {
        diagnostics.append(
          diagnostic(
            "exercise-order", step.line,
            "\(step.id) comes before exercise=\(exercise); the learner's start goes first"))
      }
    }
    for (_, stub) in stubs { diagnostics += parts(ofExercise: stub) }
    return diagnostics
  }

  private func parts(ofExercise stub: Step) -> [Diagnostic] {
    guard let name = stub.role.exercise else { return [] }
    var diagnostics: [Diagnostic] = []
    let check = chapter.steps.first { $0.role == .check(exercise: name) }
    let hasSolution = chapter.steps.contains { $0.role == .solution(exercise: name) }
    if check == nil {
      diagnostics.append(
        diagnostic(
          "incomplete-exercise", stub.line,
          "exercise \(name) has no check; add a swift check=\(name) fence with // => expectations"))
    }
    if let check, check.expectations.isEmpty {
      diagnostics.append(
        diagnostic(
          "incomplete-exercise", check.line,
          "the check of \(name) expects nothing; add // => expectations that the start fails"))
    }
    if !hasSolution {
      diagnostics.append(
        diagnostic(
          "incomplete-exercise", stub.line,
          "exercise \(name) has no solution; add a swift solution=\(name) fence"))
    }
    for step in chapter.steps {
      guard case .wrong(name, let place?) = step.role, let check,
        place > check.expectations.count, !check.expectations.isEmpty
      else { continue }
      diagnostics.append(
        diagnostic(
          "bad-attribute", step.line,
          "fails-at=\(place), but the check of \(name) has \(count(check.expectations.count))"))
    }
    return diagnostics
  }

  private func count(_ checks: Int) -> String {
    checks == 1 ? "one expectation" : "\(checks) expectations"
  }

  // MARK: - Claims and regions

  private func claims() -> [Diagnostic] {
    var lines: [String: Int] = [:]
    var diagnostics: [Diagnostic] = []
    for (id, line) in chapter.blocks.flatMap({ claims(in: $0) }) {
      if let first = lines[id] {
        diagnostics.append(
          diagnostic("duplicate-claim", line, "claim \(id) is stated at line \(first) already"))
      }
      lines[id] = lines[id] ?? line
    }
    var tested: Set<String> = []
    for step in chapter.steps {
      guard case .claim(let id) = step.role else { continue }
      tested.insert(id)
      if lines[id] == nil {
        let question = NearestWords.question(id, among: lines.keys.sorted())
        diagnostics.append(
          diagnostic(
            "unknown-claim", step.line,
            "no <!-- claim: \(id) source=… --> states what this tests\(question)"))
      }
      if !endsInVerdict(step) {
        diagnostics.append(
          diagnostic(
            "claim-without-verdict", step.line,
            "the test of claim \(id) must end in verdict(…) with // => holds, fails or holds when …"
          ))
      }
    }
    for (id, line) in lines where !tested.contains(id) {
      diagnostics.append(
        diagnostic(
          "untested-claim", line, "no step tests this; add a swift claim=\(id) fence before its end"
        ))
    }
    return diagnostics
  }

  private func endsInVerdict(_ step: Step) -> Bool {
    switch step.expectations.last?.expected {
    case .verdict: true
    case .unfilled: step.expectations.last?.expression.contains("verdict") ?? false
    default: false
    }
  }

  private func claims(in block: Block) -> [(String, Int)] {
    if case .claim(let id, _, _) = block.kind {
      return [(id, block.line)] + block.children.flatMap { claims(in: $0) }
    }
    return block.children.flatMap { claims(in: $0) }
  }

  private func regions(_ block: Block) -> [Diagnostic] {
    var diagnostics = block.children.flatMap { regions($0) }
    guard case .audience(let personas, let blocks) = block.kind else { return diagnostics }
    for persona in personas where !PersonaFilter.personas.contains(persona) {
      let near = NearestWords.question(persona, among: PersonaFilter.personas)
      let known = "; there are \(PersonaFilter.personas.joined(separator: ", "))"
      diagnostics.append(
        diagnostic(
          "unknown-persona", block.line, "nobody is called \(persona)\(near.isEmpty ? known : near)"
        ))
    }
    for step in blocks.flatMap({ steps(in: $0) }) {
      diagnostics.append(
        diagnostic(
          "code-for-persona", step.line,
          "a step stands in prose for some readers only; the program is one for all, move it out"))
    }
    return diagnostics
  }

  private func steps(in block: Block) -> [Step] {
    if case .step(let index) = block.kind, chapter.steps.indices.contains(index) {
      return [chapter.steps[index]]
    }
    return block.children.flatMap { steps(in: $0) }
  }

  private func outputs() -> [Diagnostic] {
    chapter.steps.compactMap { step in
      guard let output = step.expectedOutput, step.role == .rejects else { return nil }
      return diagnostic(
        "misplaced-output", output.line,
        "step \(step.id) must not compile and prints nothing; move the output behind another step")
    }
  }
}
