/// Chooses among the media types that a route offers (RFC 9110, section 12.5.1).
package enum Accept {
    private struct Range {
        let type: MediaType
        /// In thousandths.
        let quality: Int

        /// How closely it names `offer`: 2 exactly, 1 by `type/*`, 0 by `*/*`; nil not at all.
        func closeness(to offer: MediaType) -> Int? {
            if type == offer { return 2 }
            if type.subtype == "*", type.type == offer.type { return 1 }
            return type.type == "*" && type.subtype == "*" ? 0 : nil
        }
    }

    /// The offer of the highest quality, the earlier one among equals; the first when none is wanted, because an answer
    /// in another form beats none.
    package static func choose(_ field: String?, from offers: [MediaType]) -> MediaType {
        guard let field else { return offers[0] }
        let ranges = FieldList.split(field, at: ",").compactMap(range)
        var best = (offer: offers[0], quality: 0)
        for offer in offers {
            let quality = quality(of: offer, in: ranges)
            if quality > best.quality { best = (offer, quality) }
        }
        return best.offer
    }

    private static func quality(of offer: MediaType, in ranges: [Range]) -> Int {
        var best = (closeness: -1, quality: 0)
        for range in ranges {
            guard let closeness = range.closeness(to: offer), closeness > best.closeness else { continue }
            best = (closeness, range.quality)
        }
        return best.quality
    }

    private static func range(_ text: String) -> Range? {
        let pieces = FieldList.split(text, at: ";")
        guard let type = pieces.first.flatMap({ MediaType($0) }) else { return nil }
        var quality = 1_000
        for parameter in pieces.dropFirst() where parameter.lowercased().hasPrefix("q=") {
            guard let value = Double(parameter.dropFirst(2)), (0...1).contains(value) else { return nil }
            quality = Int(value * 1_000)
        }
        return Range(type: type, quality: quality)
    }
}
