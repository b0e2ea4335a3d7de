/// Percent-decoding (RFC 3986, section 2.1), to bytes: a path need not be UTF-8.
enum PercentDecoding {
    /// Nil when a `%` is not followed by two hexadecimal digits.
    /// - Parameter plusIsSpace: as in queries that an HTML form makes.
    static func decoded(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hexadecimalValue), let low = rest.next().flatMap(hexadecimalValue)
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
