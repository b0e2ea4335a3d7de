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
        /// The disk fails, or the system has nothing left: EIO, no descriptor, no memory. Goes on once it answers.
        case io
        /// Anything else that SQLite reports. A fault of ours.
        case `internal`
        /// The store was closed.
        case closed
    }

    /// Whether the same call may succeed once the disk is mended, with nothing else changed.
    package var mayPass: Bool { code == .full || code == .readOnly || code == .io }

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
