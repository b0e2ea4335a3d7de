package import SigV4
import Synchronization

/// Credentials for one store, from the first of some places that has any, kept until they run out or are refused.
///
/// Any task may ask. While they hold, asking costs a lock. At most one task at a time loads them; who comes meanwhile
/// loads too, since files cost little and answer the same.
package final class CredentialsProvider: Sendable {
    private let sources: [any CredentialsSource]
    private let state = Mutex(State())

    /// Seconds before their end from which credentials are not used for new requests (botocore's mandatory refresh).
    private static let marginInSeconds: Int64 = 600

    private struct State {
        var credentials: Credentials?
        /// By region: each keeps its day's key.
        var signers: [String: RequestSigner] = [:]
    }

    package init(_ sources: [any CredentialsSource]) {
        self.sources = sources
    }

    package convenience init(_ credentials: Credentials) {
        self.init([FixedCredentials(credentials)])
    }

    /// The standard chain's environment and shared files. A profile that the settings name makes the environment's keys
    /// count for nothing (botocore's rule).
    package static func chain(
        environment: [String: String], profile: String? = nil,
        readFile: @escaping @Sendable (_ path: String) -> [UInt8]? = SharedConfiguration.readFromDisk
    ) -> CredentialsProvider {
        let shared = SharedConfiguration(environment: environment, profile: profile, readFile: readFile)
        let fromFiles = ProfileCredentials(shared, isRequired: profile != nil)
        if profile != nil { return CredentialsProvider([fromFiles]) }
        return CredentialsProvider([FixedCredentials(environment: environment), fromFiles])
    }

    /// A signer with credentials that hold for a while.
    package func signer(
        region: String, now: SigningTime
    ) async throws(CredentialsError) -> RequestSigner {
        if let signer = keptSigner(region: region, now: now) { return signer }
        let credentials = try await load()
        return state.withLock { state in
            if state.credentials != credentials {
                state.credentials = credentials
                state.signers = [:]
            }
            return Self.signer(region: region, credentials: credentials, in: &state)
        }
    }

    /// The store refused these: the next `signer` loads anew, unless that has happened meanwhile.
    package func invalidate(_ refused: Credentials) {
        state.withLock { state in
            if state.credentials == refused { state = State() }
        }
    }

    private func keptSigner(region: String, now: SigningTime) -> RequestSigner? {
        state.withLock { state in
            guard let credentials = state.credentials else { return nil }
            if let end = credentials.expiration, end.secondsSince1970 - now.secondsSince1970 < Self.marginInSeconds {
                return nil
            }
            return Self.signer(region: region, credentials: credentials, in: &state)
        }
    }

    private static func signer(region: String, credentials: Credentials, in state: inout State) -> RequestSigner {
        if let signer = state.signers[region] { return signer }
        let signer = RequestSigner(credentials: credentials, region: region)
        state.signers[region] = signer
        return signer
    }

    private func load() async throws(CredentialsError) -> Credentials {
        for source in sources {
            if let credentials = try await source.load() { return credentials }
        }
        let asked = sources.map(\.name).joined(separator: ", ")
        throw CredentialsError("no credentials in \(asked.isEmpty ? "any place" : asked)")
    }
}
