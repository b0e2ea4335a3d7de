package import Model
package import Scheduling

/// A part as the list and the stream show it.
package struct PartRow: Sendable {
    package var part: Part
    package var path: [UInt8]
    package var bytesSent: Int64

    /// As it is stored: what was sent of a part is known only once all of it was.
    package init(part: Part, path: [UInt8]) {
        self.part = part
        self.path = path
        bytesSent = part.state == .succeeded ? part.range.count : 0
    }

    /// As it moves.
    package init(_ live: LivePart) {
        part = Part(
            file: live.file, number: live.number, range: live.range, state: .inFlight, attempt: live.attempt)
        path = live.path
        bytesSent = live.bytesSent
    }

    package var position: PartPosition { PartPosition(file: part.file, number: part.number) }
}

/// The order of the list of parts.
package struct PartPosition: Hashable, Comparable, Sendable {
    package var file: FileNumber
    package var number: PartNumber

    package init(file: FileNumber, number: PartNumber) {
        self.file = file
        self.number = number
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.file == right.file ? left.number < right.number : left.file < right.file
    }
}
