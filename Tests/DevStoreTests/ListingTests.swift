import Model
import Support
import Testing

@testable import DevStore

/// Pages of listings, against the plainest possible model.
@Suite struct ListingTests {
    private static func randomKey(_ random: inout SeededGenerator) -> [UInt8] {
        let letters = Array("ab/é".utf8)
        return (0..<Int.random(in: 1...6, using: &random)).map { _ in letters.randomElement(using: &random) ?? 97 }
    }

    /// Everything that a listing without pages must give.
    private static func model(_ keys: [KeyBytes], _ listing: Listing) -> [Listing.Entry] {
        var entries: [Listing.Entry] = []
        for key in keys.sorted() where key.bytes.starts(with: listing.prefix) {
            let rest = Array(key.bytes.dropFirst(listing.prefix.count))
            if listing.delimiter.isEmpty {
                entries.append(.key(key))
            } else if let range = rest.firstRange(of: listing.delimiter) {
                let rolled = Listing.Entry.commonPrefix(listing.prefix + rest[..<range.upperBound])
                if entries.last != rolled { entries.append(rolled) }
            } else {
                entries.append(.key(key))
            }
        }
        return entries
    }

    @Test(arguments: 1...40)
    func pagesTogetherAreTheWhole(round: Int) {
        var random = SeededGenerator(seed: UInt64(round))
        var index = ObjectIndex()
        var keys: Set<KeyBytes> = []
        for _ in 0..<Int.random(in: 0...60, using: &random) {
            let key = KeyBytes(Self.randomKey(&random))
            if Int.random(in: 0..<4, using: &random) == 0 {
                _ = index.remove(key)
                keys.remove(key)
            } else {
                _ = index.put(.sample, for: key)
                keys.insert(key)
            }
            if Int.random(in: 0..<5, using: &random) == 0 { _ = index.orderedKeys() }
        }
        let ordered = index.orderedKeys()
        #expect(ordered == keys.sorted(), "seed \(round)")
        var listing = Listing(maximum: Int.random(in: 1...5, using: &random))
        if Bool.random(using: &random) { listing.delimiter = Array("/".utf8) }
        if Bool.random(using: &random) { listing.prefix = Array(Self.randomKey(&random).prefix(2)) }
        let expected = Self.model(Array(keys), listing)
        var entries: [Listing.Entry] = []
        while true {
            let page = listing.page(of: ordered)
            entries += page.entries
            #expect(page.entries.count <= listing.maximum)
            guard page.isTruncated else { break }
            listing.after = page.entries.last?.bytes
        }
        #expect(entries == expected, "seed \(round), \(listing)")
    }
}

extension ObjectRecord {
    static let sample = ObjectRecord(
        extent: DataExtent(file: 0, offset: 0, count: 1), etag: "e", modified: .init(microseconds: 0),
        attributes: ObjectAttributes(), checksum: nil)
}
