internal import GRDB
internal import GRDBSQLite

/// A statement of GRDB's cache, bound and stepped by SQLite's own calls: GRDB boxes each argument and each row, which
/// costs more than SQLite itself where a job has a million files.
///
/// Used only inside the database closure that made it, hence on that connection's queue. Parameters count from 1,
/// columns from 0 (sqlite.org, "Binding Values To Prepared Statements" and "Result Values From A Query").
///
/// Safe: `handle` lives as long as `statement`, which this holds.
@safe
struct PreparedStatement {
    private let statement: Statement
    private let handle: OpaquePointer

    init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        unsafe handle = statement.sqliteStatement
        unsafe sqlite3_reset(handle)
    }

    // MARK: Binding

    func bind(_ value: Int64, at position: Int32) {
        check(unsafe sqlite3_bind_int64(handle, position, value))
    }

    func bind(_ value: Int64?, at position: Int32) {
        guard let value else { return bindNull(at: position) }
        bind(value, at: position)
    }

    func bind(_ text: String?, at position: Int32) {
        guard var text else { return bindNull(at: position) }
        // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let result = text.withUTF8 { bytes in
            // An empty buffer may have no address, and that would mean NULL.
            guard let base = bytes.baseAddress else {
                return unsafe sqlite3_bind_text(handle, position, "", 0, transient)
            }
            return unsafe base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                unsafe sqlite3_bind_text(handle, position, $0, Int32(bytes.count), transient)
            }
        }
        check(result)
    }

    func bind(_ bytes: [UInt8], at position: Int32) {
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let result = unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, buffer.count > 0 else {
                return unsafe sqlite3_bind_zeroblob(handle, position, 0)
            }
            return unsafe sqlite3_bind_blob(handle, position, base, Int32(buffer.count), transient)
        }
        check(result)
    }

    func bindNull(at position: Int32) { check(unsafe sqlite3_bind_null(handle, position)) }

    /// A wrong position or a statement that is being stepped is our bug; nothing else can fail but memory.
    private func check(_ result: Int32) {
        precondition(result == SQLITE_OK, "SQLite refused a parameter: \(result)")
    }

    // MARK: Running

    /// Whether there is a row to read. Throws GRDB's `DatabaseError`; the statement is reset then.
    func step() throws -> Bool {
        let result = unsafe sqlite3_step(handle)
        if result == SQLITE_ROW { return true }
        if result == SQLITE_DONE { return false }
        let connection = unsafe sqlite3_db_handle(handle)
        let code = unsafe sqlite3_extended_errcode(connection)
        let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) }
        unsafe sqlite3_reset(handle)
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    func reset() { unsafe sqlite3_reset(handle) }

    /// Runs a statement that changes rows. Returns how many.
    @discardableResult
    func run() throws -> Int {
        while try step() {}
        let changes = unsafe sqlite3_changes(sqlite3_db_handle(handle))
        reset()
        return Int(changes)
    }

    /// Every row, as `decode` reads it.
    func all<Value>(_ decode: (PreparedStatement) throws -> Value) throws -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try decode(self)) }
        return values
    }

    /// The first row, as `decode` reads it.
    func first<Value>(_ decode: (PreparedStatement) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? try decode(self) : nil
    }

    // MARK: Columns of the present row

    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func real(_ column: Int32) -> Double { unsafe sqlite3_column_double(handle, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func text(_ column: Int32) -> String { optionalText(column) ?? "" }

    func optionalText(_ column: Int32) -> String? {
        guard let start = unsafe sqlite3_column_text(handle, column) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// Of text or bytes, without a copy of them.
    func size(_ column: Int32) -> Int {
        _ = unsafe sqlite3_column_blob(handle, column)
        return Int(unsafe sqlite3_column_bytes(handle, column))
    }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
