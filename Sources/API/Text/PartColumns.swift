package import Model
package import Scheduling

/// Gives each part in flight a column of its own that it keeps until it is done, so that a column of percentages in the
/// text stream can be followed with the eye.
package struct PartColumns: Sendable {
    private struct Owner: Hashable {
        let job: JobNumber
        let position: PartPosition
    }

    private var columns: [Owner?] = []

    package init() {}

    /// One line: a percentage for each part in flight, blanks where a column is free.
    package mutating func line(_ parts: [(job: JobNumber, part: LivePart)]) -> String {
        var moving: [Owner: Int] = [:]
        var order: [Owner] = []
        for (job, part) in parts {
            let owner = Owner(job: job, position: PartRow(part).position)
            if moving.updateValue(TextFormat.percent(part.bytesSent, of: part.range.count), forKey: owner) == nil {
                order.append(owner)
            }
        }
        for index in columns.indices {
            if let owner = columns[index], moving[owner] == nil { columns[index] = nil }
        }
        let placed = Set(columns.compactMap { $0 })
        var free = columns.indices.filter { columns[$0] == nil }[...]
        for owner in order where !placed.contains(owner) {
            if let index = free.popFirst() { columns[index] = owner } else { columns.append(owner) }
        }
        while let last = columns.last, last == nil { columns.removeLast() }
        return columns.map { owner in
            TextFormat.right(owner.flatMap { moving[$0] }.map { "\($0)%" } ?? "", width: 4)
        }.joined(separator: " ")
    }
}
