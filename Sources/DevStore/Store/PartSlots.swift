/// Places in the one file of an upload whose parts have one size: part n lies at (n - 1) * size.
///
/// With size 5: part 1 takes 0..<5, part 3 takes 10..<15, and a last part 4 of 2 bytes takes 15..<17.
/// A part that is larger, or whose place is taken because it is sent again, goes into a file of its own; completing
/// then has to copy.
struct PartSlots: Sendable {
    let file: UInt64
    let size: Int64
    private var taken: Set<Int> = []

    init(file: UInt64, size: Int64) {
        self.file = file
        self.size = size
    }

    /// The offset of the part's place; nil when it does not fit or the place is taken.
    mutating func take(_ number: Int, size partSize: Int64) -> Int64? {
        guard partSize <= size, taken.insert(number).inserted else { return nil }
        return Int64(number - 1) * size
    }

    /// Gives back a place that was taken for bytes that never all came. No writer may be left on it.
    mutating func giveBack(_ number: Int) {
        taken.remove(number)
    }
}
