import CLinux
import Foundation

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

    /// Ends the process, without a word, when nobody reads any more.
    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        do {
            try FileHandle.standardOutput.write(contentsOf: bytes)
        } catch {
            exit(128 + SIGPIPE)
        }
    }

    /// One line to standard error.
    static func complain(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Array((line + "\n").utf8))
    }
}
