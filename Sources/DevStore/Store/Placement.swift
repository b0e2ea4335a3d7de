/// Where a body's bytes are written, while nothing refers to them yet.
///
/// It keeps the file from being removed; `ObjectStore.release` ends that, and by then the journal refers to the bytes or
/// they are lost.
struct Placement: Sendable {
    struct Slot: Sendable {
        var number: Int
        var upload: String
    }

    let file: DataFile
    let offset: Int64
    /// The place in an upload's shared file, which is given back when the part is not kept.
    var slot: Slot?
}
