/// Some lines at the end of a terminal that are drawn again and again. Pure: it makes the characters to be written, one
/// piece for each frame, so that nothing flickers.
struct LiveRegion {
    /// The columns of each line that stands there now.
    private var drawn: [Int] = []

    /// The same lines anew. None may be wider than `width`.
    ///
    /// The cursor comes to rest at the beginning of the last line, so that what a terminal echoes there (`^C`) begins no
    /// line of its own. It goes back to where the region began: a terminal that has become narrower has wrapped the
    /// lines above.
    mutating func frame(_ lines: [String], columns: [Int], width: Int) -> String {
        var text = home(width: width)
        for (index, line) in lines.enumerated() {
            if index > 0 { text += "\r\n" }
            text += line + "\u{1B}[K"
        }
        drawn = columns
        return text + "\u{1B}[J\r"
    }

    /// Takes the region off the screen; the cursor stands where it began.
    mutating func cleared(width: Int) -> String {
        guard !drawn.isEmpty else { return "" }
        let text = home(width: width) + "\u{1B}[J"
        drawn = []
        return text
    }

    private func home(width: Int) -> String {
        let rows = drawn.dropLast().reduce(0) { $0 + max(1, ($1 + width - 1) / max(1, width)) }
        return rows > 0 ? "\r\u{1B}[\(rows)A" : "\r"
    }
}
