/// Combines CRCs: the CRC of A followed by B is CRC(A) times x^(8 * length of B), modulo the polynomial, plus CRC(B).
///
/// Bits are reflected as in the CRCs themselves: the highest bit stands for x^0. (The method of zlib's `crc32_combine`.)
struct CRCCombination<Value: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private let polynomial: Value
    /// x^(2^n) for n from 0 to 63.
    private let powers: [Value]

    init(reflectedPolynomial: Value) {
        polynomial = reflectedPolynomial
        var power = Value(1) << (Value.bitWidth - 2)
        var powers = [power]
        for _ in 1..<64 {
            power = Self.multiply(power, power, modulo: reflectedPolynomial)
            powers.append(power)
        }
        self.powers = powers
    }

    func combine(_ a: Value, _ b: Value, lengthOfB: Int) -> Value {
        precondition(lengthOfB >= 0, "a length of \(lengthOfB) bytes")
        var shifted = a
        var bits = UInt64(lengthOfB)
        var exponent = 3
        while bits != 0 {
            if bits & 1 != 0 {
                shifted = Self.multiply(powers[exponent], shifted, modulo: polynomial)
            }
            bits >>= 1
            exponent += 1
        }
        return shifted ^ b
    }

    private static func multiply(_ a: Value, _ b: Value, modulo polynomial: Value) -> Value {
        var product: Value = 0
        var b = b
        var mask = Value(1) << (Value.bitWidth - 1)
        while mask != 0 {
            if a & mask != 0 { product ^= b }
            b = b & 1 == 0 ? b >> 1 : b >> 1 ^ polynomial
            mask >>= 1
        }
        return product
    }
}
