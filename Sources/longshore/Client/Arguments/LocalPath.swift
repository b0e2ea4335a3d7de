import ArgumentParser
import Foundation

/// A path of the caller's, as the contract wants it: absolute. Links and `..` are the service's to resolve.
struct LocalPath: Sendable, Equatable {
    let absolute: String

    /// For the parser.
    ///
    /// - Throws: `ValidationError` that says what was expected.
    static func parse(_ text: String) throws -> LocalPath {
        guard let path = LocalPath(text, below: FileManager.default.currentDirectoryPath) else {
            throw ValidationError("it is no path of a file or directory")
        }
        return path
    }

    /// Nil for an empty one, and for what is meant to be on a store.
    ///
    ///     photos/./a//b below /home/me -> /home/me/photos/a/b        . below /home/me -> /home/me
    init?(_ text: String, below directory: String) {
        guard !text.isEmpty, !text.lowercased().hasPrefix("s3://") else { return nil }
        let whole = text.utf8.first == UInt8(ascii: "/") ? text : directory + "/" + text
        let segments = whole.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        absolute = segments.isEmpty ? "/" : segments.map { "/" + String(Substring($0)) }.joined()
    }

    /// Whether this machine has a regular file there.
    var isFile: Bool {
        var isDirectory: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: absolute, isDirectory: &isDirectory)
            && !isDirectory.boolValue
    }
}
