extension FixedWidthInteger {
    /// The value's bytes, highest first: how S3 writes CRCs before it encodes them.
    package var bigEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { index in
            UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * index))
        }
    }
}
