/// Which page of a list is asked for.
struct PageRequest {
    static let largest = 1_000
    static let standard = 100

    let size: Int
    /// Of the last row of the page before; nil for the first page.
    let cursor: [Int64]?
    private let identity: String

    /// - Parameter identity: what else decides which rows the list holds; a token is good for the same alone.
    init(_ query: inout QueryReader, identity: String, cursorLength: Int) throws(ProblemDetails) {
        self.identity = identity
        size = Int(min(try query.integer("page_size", least: 1) ?? Int64(Self.standard), Int64(Self.largest)))
        guard let text = try query.string("page_token"), !text.isEmpty else {
            cursor = nil
            return
        }
        guard let token = PageToken(text, for: identity, count: cursorLength) else {
            throw .invalidQuery("page_token", "is not one of this list's, or the other parameters changed")
        }
        cursor = token.cursor
    }

    func token(_ cursor: [Int64]) -> String { PageToken(cursor).text(for: identity) }
}
