import CLinux
import Foundation
import Synchronization

/// What standard output is, and how it is written.
enum Terminal {
    /// Whether lines can be drawn anew on standard output.
    static var isDrawable: Bool {
        let term = ProcessInfo.processInfo.environment["TERM"] ?? ""
        return isatty(1) == 1 && term != "dumb" && !term.isEmpty
    }

    /// By the rule of no-color.org.
    static var paint: Paint {
        Paint(isOn: isDrawable && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty)
    }

    /// Of standard output now; 80 by 24 where it does not say.
    static var size: (columns: Int, rows: Int) {
        let window = clinux_window_of(1)
        return (window.columns > 0 ? Int(window.columns) : 80, window.rows > 0 ? Int(window.rows) : 24)
    }

    /// What is done at a write that nobody reads; nil ends the process.
    private static let leaving = Mutex<(@Sendable () -> Void)?>(nil)

    /// From now on the process outlives those who read what it prints.
    ///
    /// - Parameter leaving: called at each write that fails.
    static func outlive(_ leaving: @escaping @Sendable () -> Void) {
        Self.leaving.withLock { $0 = leaving }
    }

    /// Ends the process, without a word, when nobody reads any more, unless it is to outlive that.
    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        do {
            try FileHandle.standardOutput.write(contentsOf: bytes)
        } catch {
            guard let leave = leaving.withLock({ $0 }) else { exit(128 + SIGPIPE) }
            leave()
        }
    }

    /// One line to standard error.
    static func complain(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Array((line + "\n").utf8))
    }
}
