/// What went wrong with the state directory.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another service holds the state directory. Stop it, or choose another directory.
        case locked
        /// The database is damaged. The message says what to do.
        case damaged
        /// No room. Goes on by itself once there is.
        case full
        /// Not writable.
        case readOnly
        /// Written by a newer Longshore.
        case newerSchema
        /// Anything else that SQLite or the file system reports.
        case io
        /// The store was closed.
        case closed
    }

    package let code: Code
    package let operation: String
    package let message: String

    package init(_ code: Code, operation: String, message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    package var description: String { "\(operation): \(message) (\(code.rawValue))" }
}
