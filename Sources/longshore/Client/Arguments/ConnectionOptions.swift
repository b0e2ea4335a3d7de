import ArgumentParser
import Foundation

/// Where the service is, and what opens it.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the service is; else LONGSHORE_URL, else \(ServiceAddress.standard.text).", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp("A file with the token that opens the service; else LONGSHORE_TOKEN.", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("Certificates to trust in place of the system's (PEM).", valueName: "file"),
        completion: .file())
    var caFile: String?

    var isGiven: Bool { url != nil || tokenFile != nil || caFile != nil }

    func client() throws -> APIClient {
        // libcurl's TLS may write to a connection that is gone.
        signal(SIGPIPE, SIG_IGN)
        let environment = ProcessInfo.processInfo.environment
        let channel = try HTTPChannel(
            address: try address(environment), token: try token(environment), caFile: caFile)
        return APIClient(channel: channel)
    }

    private func address(_ environment: [String: String]) throws -> ServiceAddress {
        let named = [("--url", url), ("LONGSHORE_URL", environment["LONGSHORE_URL"])]
        guard let (name, text) = named.first(where: { $0.1?.isEmpty == false }), let text else { return .standard }
        guard let address = ServiceAddress(text) else {
            throw ClientError(.usage, "\(name) \(text): must be http://HOST:PORT, https://HOST:PORT or unix:/PATH")
        }
        return address
    }

    private func token(_ environment: [String: String]) throws -> Settings.Secret? {
        var text = environment["LONGSHORE_TOKEN"] ?? ""
        if let tokenFile {
            do {
                text = try String(contentsOfFile: tokenFile, encoding: .utf8)
            } catch {
                throw ClientError(.usage, "--token-file \(tokenFile): can't be read: \(error.localizedDescription)")
            }
            text = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if text.isEmpty { throw ClientError(.usage, "--token-file \(tokenFile): holds no token") }
        }
        return text.isEmpty ? nil : Settings.Secret(value: text)
    }
}
