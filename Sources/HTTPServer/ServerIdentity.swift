/// Who a server is to its clients under TLS: a certificate, with those that lead to its authority, and the key to it.
///
/// It shows itself to nobody: the key is a secret.
package struct ServerIdentity: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// PEM.
    let certificate: String
    /// PEM, not encrypted.
    let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    package var description: String { "(certificate and key)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// TLS 1.2 at least (GnuTLS manual, "Priority Strings").
    static let priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
}
