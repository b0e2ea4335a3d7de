/// Why a text is no JSON, and where.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    /// In bytes from the beginning of the text.
    package let offset: Int
    package let detail: String
}
