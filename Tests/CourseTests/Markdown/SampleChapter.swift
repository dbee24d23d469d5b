/// A small chapter with every feature of the course, for the parser's tests.
enum SampleChapter {
  static let text = """
    ---
    title: The integer grid
    part: The grid
    question: How can 256 integers stand for every weight, and what is lost?
    minutes: 20
    needs: []
    numbers: [-2.4, 3.6, 1.0]
    sources: [jacob2018, nagel2021]
    ---

    # The integer grid

    Activations run from −2.4 to 3.6. The distance of two codes is the **scale**:

    ```math
    s = \\frac{x_{\\max} - x_{\\min}}{q_{\\max} - q_{\\min}}
    ```

    <!-- predict: grid.scale -->

    ```swift name=grid
    let grid = AffineGrid(covering: -2.4...3.6, as: .uint8)
    grid.scale                    // => 0.0235294
    grid.zeroPoint                // => 102
    ```

    Neighbours stand [0.0235](#grid.scale) apart, and zero is code [102](#grid.zeroPoint).

    ## One is not on the grid

    In units of $`s`$ it is [42.5](#steps) steps from zero.

    ```swift name=one
    let steps = 1.0 / grid.scale
    steps                         // => 42.5
    let even = grid.encode(1.0)
    even                          // => 144
    let away = grid.encode(1.0, rounding: .halfAwayFromZero)
    away                          // => 145
    let worst = abs(1 - grid.decode(even))
    worst                         // => 0.011765
    ```

    One stores [144](#even), the other [145](#away), both with an error of [0.0118](#worst).

    <!-- claim: int8-is-0-to-255 source=explained-article -->
    > An article stores −10…10 as INT8 by sending −10 to code 0.

    ```swift claim=int8-is-0-to-255
    let half = 10 / AffineGrid(covering: -10...10, as: .uint8).scale
    half                          // => 127.5
    verdict(holds: half == 127)   // => fails
    ```
    <!-- end -->

    Each end lies [127.5](#half) steps from zero.

    """
}
