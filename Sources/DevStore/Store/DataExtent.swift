/// Where an object's or a part's bytes lie: a range of one file of the data folder.
///
/// Files are shared: the parts of an upload lie in one file, and a copied object refers to the bytes of its source.
struct DataExtent: Sendable, Codable, Hashable {
    /// 0 when no bytes are kept: nothing was written, or the store discards.
    var file: UInt64
    var offset: Int64
    var count: Int64
}
