import SigV4

/// Credentials that a program prints (AWS SDK reference, "Process credential provider").
struct ProcessCredentials: CredentialsSource {
    let name = "credential_process"
    private let command: String
    private let surroundings: CredentialsSurroundings

    private static let outputLimitInBytes = 64 << 10

    init(command: String, surroundings: CredentialsSurroundings) {
        self.command = command
        self.surroundings = surroundings
    }

    /// The program's output is never quoted: it holds the secret.
    func load() async throws(CredentialsError) -> CredentialsAnswer {
        guard let words = CommandWords.split(command), let program = words.first else {
            throw CredentialsError("credential_process is empty or has a quote without its other half")
        }
        let timeout = surroundings.processTimeout
        let outcome = await surroundings.blocking {
            ProgramRun.perform(words, timeout: timeout, outputLimitInBytes: Self.outputLimitInBytes)
        }
        let output: [UInt8]
        switch outcome {
        case .exited(0, let printed): output = printed
        case .exited(let status, _):
            throw CredentialsError("credential_process \(program) ended with status \(status)")
        case .ended(let signal): throw CredentialsError("credential_process \(program) was ended by signal \(signal)")
        case .notStarted(let errno):
            throw CredentialsError("credential_process \(program) can't be started (errno \(errno))")
        case .tookTooLong:
            throw CredentialsError("credential_process \(program) was ended after \(timeout)", code: .away)
        case .printedTooMuch:
            throw CredentialsError("credential_process \(program) prints more than \(Self.outputLimitInBytes) bytes")
        }
        guard let document = CredentialsDocument(output) else {
            throw CredentialsError("credential_process \(program) prints no JSON of credentials")
        }
        guard document.version == 1 else {
            throw CredentialsError("credential_process \(program) prints another Version than 1")
        }
        return .found(try document.credentials())
    }
}
