/// The words of a command as AWS's tools split it: like a shell, without one. Nothing is expanded, so no variable, `~`,
/// `*`, `;` or `$(...)` means anything.
enum CommandWords {
    /// Nil when a quote is not closed, or the last byte is a backslash.
    ///
    ///     a 'b c' "d \" e" f\ g  ->  a, b c, d " e, f g
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()
        while let character = characters.next() {
            switch (quote, character) {
            case ("'"?, "'"), ("\""?, "\""): quote = nil
            case ("'"?, _): word?.append(character)
            case ("\""?, "\\"):
                guard let next = characters.next() else { return nil }
                if next != "\"" && next != "\\" { word?.append("\\") }
                word?.append(next)
            case (_?, _): word?.append(character)
            case (nil, "\\"):
                guard let next = characters.next() else { return nil }
                word = (word ?? "") + [next]
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (nil, _) where character.isWhitespace:
                if let ended = word { words.append(ended) }
                word = nil
            case (nil, _): word = (word ?? "") + [character]
            }
        }
        if let word { words.append(word) }
        return quote == nil ? words : nil
    }
}
