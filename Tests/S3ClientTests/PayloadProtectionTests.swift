import Model
import S3Client
import Testing

@Suite struct PayloadProtectionTests {
    @Test(
        arguments: [
            (JobSpec.ChecksumChoice.auto, true, Checksum.Algorithm.crc32c, false), (.auto, false, nil, true),
            (.crc32c, true, .crc32c, false), (.crc32c, false, .crc32c, false), (.crc32, true, .crc32, false),
            (.crc32, false, .crc32, false), (.sha256, true, .sha256, true), (.sha256, false, .sha256, true),
            (.none, true, nil, false), (.none, false, nil, false),
        ] as [(JobSpec.ChecksumChoice, Bool, Checksum.Algorithm?, Bool)])
    func eachChoiceHasItsProtection(
        choice: JobSpec.ChecksumChoice, isSecure: Bool, checksum: Checksum.Algorithm?, isSigned: Bool
    ) {
        let found = PayloadProtection(choice: choice, isSecure: isSecure)
        #expect(found.checksum == checksum && found.isPayloadSigned == isSigned)
        #expect(found.algorithms == Set([checksum, isSigned ? .sha256 : nil].compactMap { $0 }))
    }

    @Test func aStoreThatKnowsLessGetsLessByDefault() {
        let md5 = PayloadProtection(choice: .auto, isSecure: true, support: .md5)
        #expect(md5.checksum == .md5 && !md5.isPayloadSigned)
        let nothing = PayloadProtection(choice: .auto, isSecure: true, support: .none)
        #expect(nothing.checksum == nil && nothing.isPayloadSigned)
        #expect(PayloadProtection(choice: .crc32c, isSecure: true, support: .none).checksum == .crc32c)
        #expect(PayloadProtection(choice: .auto, isSecure: false, support: .none).isPayloadSigned)
    }
}
