import Model
import Scheduling
import Storage

/// A job's parts as a list: those of multipart files, stored or still to come, and over them what moves just now, with
/// the single part of each file that moves by one request.
package struct PartListing {
    /// Rows that one page may look at in search of a state; then it is handed out as it is, with a token to go on.
    static let longestSearch = 50_000

    let scheduler: Scheduler
    let job: JobNumber
    /// Only this file's.
    let file: FileNumber?

    /// By file and part number, behind `after`; `next` is set when more may follow.
    func page(state: PartState?, after: PartPosition?, limit: Int) async throws -> (
        parts: [PartRow], next: PartPosition?
    ) {
        let live = scheduler.liveParts(of: job).filter { file == nil || $0.file == file }.map(PartRow.init)
            .sorted { $0.position < $1.position }
        if state == .inFlight {
            let rest = live.filter { row in after.map { row.position > $0 } ?? true }
            let parts = Array(rest.prefix(limit))
            return (parts, rest.count > limit ? parts.last?.position : nil)
        }
        var parts: [PartRow] = []
        var position = after
        var searched = 0
        let batch = max(limit + 1, 500)
        while true {
            let rows = try await scheduler.store.parts(
                job, file: file, after: position.map { ($0.file, $0.number) }, limit: batch)
            let stored = rows.map { PartRow(part: $0.part, path: $0.path) }
            let end = rows.count < batch ? nil : stored.last?.position
            let merged = Self.merged(stored: stored, live: live, after: position, through: end)
            parts += merged.filter { state == nil || $0.part.state == state }
            searched += rows.count
            if parts.count > limit { return (Array(parts.prefix(limit)), parts[limit - 1].position) }
            guard let end else { return (parts, nil) }
            if searched >= Self.longestSearch { return (parts, end) }
            position = end
        }
    }

    /// Both in one order. What is stored as succeeded has succeeded; else what moves is what holds.
    package static func merged(
        stored: [PartRow], live: [PartRow], after: PartPosition?, through end: PartPosition?
    ) -> [PartRow] {
        var merged: [PartRow] = []
        merged.reserveCapacity(stored.count + live.count)
        var rest = live.drop { row in after.map { row.position <= $0 } ?? false }
        if let end { rest = rest.prefix { $0.position <= end } }
        for row in stored {
            while let next = rest.first, next.position < row.position {
                merged.append(next)
                rest.removeFirst()
            }
            guard let next = rest.first, next.position == row.position else {
                merged.append(row)
                continue
            }
            rest.removeFirst()
            merged.append(row.part.state == .succeeded ? row : next)
        }
        return merged + rest
    }
}
