import API
import Foundation
import HTTPServer
import Logging

extension Settings {
    /// As it stands in messages.
    var listenText: String { socketPath.map { "unix:\($0)" } ?? "\(host):\(port)" }

    /// Which `Host` is answered to. A token does what the name can't: no page has it. A Unix socket has no name.
    var hostRule: HostRule {
        let origins = Set(allowedHosts)
        guard socketPath == nil, !allowedHosts.isEmpty || isLoopback && !needsToken else {
            return HostRule(names: nil, origins: origins)
        }
        return HostRule(names: HostRule.loopback.union([host]).union(allowedHosts), origins: origins)
    }
}

extension Settings.TLS {
    /// Reads the files.
    ///
    /// - Throws: `SettingsError` for what can't be read or is no PEM.
    func identity(_ logger: Logger) throws -> ServerIdentity {
        let identity = ServerIdentity(
            certificate: try Self.read(certificate, "certificate", holding: "BEGIN CERTIFICATE"),
            key: try Self.read(key, "key", holding: "PRIVATE KEY"))
        let attributes = try? FileManager.default.attributesOfItem(atPath: key)
        if let mode = attributes?[.posixPermissions] as? Int, mode & 0o004 != 0 {
            logger.warning("everybody on this machine can read the key", metadata: ["file": "\(key)"])
        }
        return identity
    }

    private static func read(_ path: String, _ name: String, holding mark: String) throws -> String {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingsError("tls.\(name) \(path): can't be read: \(error.localizedDescription)")
        }
        guard text.contains(mark) else { throw SettingsError("tls.\(name) \(path): holds no PEM with \(mark)") }
        return text
    }
}
