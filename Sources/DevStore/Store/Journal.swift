import FoundationEssentials
import Glibc

/// The file that makes the store survive a restart: one JSON object per line, one per change.
///
/// A commit is one `write` of whole lines, so a killed process leaves all of it or, at worst, a torn last line, which is skipped.
/// Nothing is flushed to the disk itself: a power loss may take the last seconds, which a development store may lose.
final class Journal: Sendable {
    private let file: DataFile

    /// Opens the journal and replays it.
    static func open(in folder: DataFolder) throws(FolderError) -> (journal: Journal, state: StoreState) {
        let path = "\(folder.path)/journal"
        var state = StoreState()
        let old = try DataFile(id: 0, path: path, flags: O_RDWR | O_CREAT)
        try replay(old) { entry in _ = state.apply(entry) }
        // Rewritten at every start, so that it does not grow by what was overwritten long ago.
        let freshPath = path + ".new"
        let fresh = try DataFile(id: 0, path: freshPath, flags: O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        let journal = Journal(file: fresh)
        for entry in state.entries { try journal.append(encode([entry])) }
        guard unsafe rename(freshPath, path) == 0 else { throw FolderError("rename", freshPath) }
        return (journal, state)
    }

    private init(file: DataFile) {
        self.file = file
    }

    /// The lines of one commit. Apart from `append`, so that encoding happens outside the store's lock.
    static func encode(_ entries: [JournalEntry]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        var lines: [UInt8] = []
        for entry in entries {
            guard let line = try? encoder.encode(entry) else {
                preconditionFailure("a journal entry cannot be encoded: \(entry)")
            }
            lines.append(contentsOf: line)
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    /// The file was opened for appending, so the offset does not matter.
    func append(_ lines: [UInt8]) throws(FolderError) {
        try file.write(lines, at: 0)
    }

    private static func replay(_ file: DataFile, _ apply: (JournalEntry) -> Void) throws(FolderError) {
        let decoder = JSONDecoder()
        var offset: Int64 = 0
        var rest: [UInt8] = []
        while true {
            let bytes = try file.read(count: 1 << 20, at: offset)
            if bytes.isEmpty { return }
            offset += Int64(bytes.count)
            rest.append(contentsOf: bytes)
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                if let entry = try? decoder.decode(JournalEntry.self, from: Data(rest[start..<end])) { apply(entry) }
                start = end + 1
            }
            rest.removeSubrange(..<start)
        }
    }
}
