internal import GRDB

extension StorageError {
    /// What SQLite or GRDB threw, in this room's words. `path` is the database file, for the advice.
    init(_ error: any Error, operation: String, path: String) {
        if let known = error as? StorageError {
            self = known
            return
        }
        guard let database = error as? DatabaseError else {
            self.init(.internal, operation: operation, message: "\(error)")
            return
        }
        let message = database.message ?? "SQLite error \(database.extendedResultCode.rawValue)"
        switch database.resultCode {
        case .SQLITE_FULL: self.init(.full, operation: operation, message: message)
        case .SQLITE_READONLY, .SQLITE_PERM: self.init(.readOnly, operation: operation, message: message)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.damaged, operation: operation, message: Self.advice(path: path, cause: message))
        case .SQLITE_MISUSE: self.init(.closed, operation: operation, message: "the store was closed")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_NOMEM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            self.init(.io, operation: operation, message: message)
        default: self.init(.internal, operation: operation, message: message)
        }
    }

    /// What a user should do about a damaged database.
    static func advice(path: String, cause: String) -> String {
        // SQLite's own words may be several lines.
        let cause = cause.split(whereSeparator: \.isNewline).joined(separator: ": ")
        return """
            \(path) is damaged: \(cause). Stop the service, then put a copy back, or save what can be saved \
            with "sqlite3 \(path) .recover", or move \(path) and its -wal and -shm files away and start anew: \
            the jobs are lost then, the objects are not
            """
    }

    /// Whether the cause lies in one operation, not in the disk: that one fails, the others are stored.
    static func isFaultOfOneOperation(_ error: any Error) -> Bool {
        guard let database = error as? DatabaseError else { return true }
        switch database.resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE: return true
        default: return false
        }
    }
}
