internal import Model

/// Merges changes from several tables into the first `limit` of them by revision, holding no more than twice as many.
struct ChangePage {
    let after: Revision
    private let watermark: Revision
    private let limit: Int
    /// In growing revisions; one more than `limit` tells that more is stored.
    private var changes: [Change] = []

    init(after: Revision, watermark: Revision, limit: Int) {
        precondition(limit > 0, "a page of \(limit) changes")
        self.after = after
        self.watermark = watermark
        self.limit = limit
    }

    /// How many rows of one table can matter.
    var room: Int { limit + 1 }

    /// No row behind this revision can matter any more.
    var last: Int64 { isFull ? changes[limit].revision.rawValue : Int64.max }

    var isFull: Bool { changes.count > limit }

    /// `more` in growing revisions.
    mutating func merge(_ more: [Change]) {
        guard !more.isEmpty else { return }
        guard !changes.isEmpty else {
            changes = Array(more.prefix(room))
            return
        }
        var merged: [Change] = []
        merged.reserveCapacity(min(room, changes.count + more.count))
        var left = changes[...]
        var right = more[...]
        while merged.count < room {
            guard let first = left.first else {
                merged += right.prefix(room - merged.count)
                break
            }
            guard let other = right.first else {
                merged += left.prefix(room - merged.count)
                break
            }
            merged.append(first.revision < other.revision ? left.removeFirst() : right.removeFirst())
        }
        changes = merged
    }

    /// A reader who gets less than a full page has seen everything up to the watermark, or further: the snapshot may
    /// be newer than the watermark that was read before it.
    var batch: ChangeBatch {
        let hasMore = isFull
        let shown = Array(changes.prefix(limit))
        let newest = shown.last?.revision ?? after
        return ChangeBatch(
            changes: shown, reached: hasMore ? newest : max(after, watermark, newest), hasMore: hasMore)
    }
}
