/// What libcurl must be told apart from the request's own bytes. A handle whose last request had the same form keeps
/// all its options.
struct RequestForm: Equatable {
    enum Carriage {
        case none
        /// Body and header fields leave in one send: libcurl appends a body of fewer than 64 KiB that it was given as
        /// POSTFIELDS to the header (lib/http.c, MAX_INITIAL_POST_SIZE), whatever the method's name.
        case inline
        /// libcurl asks for the body block by block.
        case streamed
        /// The same, and the server is asked first (Expect: 100-continue).
        case streamedOnConsent
    }

    /// Bodies below are inline.
    static let inlineLimitInBytes = 64 << 10
    /// Bodies from here on wait for consent: a refusal then costs no upload.
    static let consentLimitInBytes = 1 << 20

    let method: Exchange.Method
    let carriage: Carriage

    init(method: Exchange.Method, bodySizeInBytes: Int64?) {
        self.method = method
        switch (method, bodySizeInBytes ?? 0) {
        case (.get, _), (.head, _): carriage = .none
        case (.delete, 0): carriage = .none
        case (_, ..<Int64(Self.inlineLimitInBytes)): carriage = .inline
        case (_, ..<Int64(Self.consentLimitInBytes)): carriage = .streamed
        default: carriage = .streamedOnConsent
        }
    }
}
