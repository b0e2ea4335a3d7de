import Model
import Webhooks

extension Settings {
    static func webhookHosts(_ texts: [String], named name: String) throws -> WebhookHosts {
        var fault: String?
        guard let hosts = WebhookHosts(texts, fault: &fault) else {
            throw SettingsError(
                "\(name) \(fault ?? ""): must be [http://]HOST[:PORT], where HOST is a name or *.NAME")
        }
        return hosts
    }

    /// Names none of them: they are secrets, also where they are wrong.
    static func webhookSecrets(_ texts: [String], named name: String) throws -> [WebhookSecret] {
        let secrets = texts.compactMap(WebhookSecret.init)
        guard secrets.count == texts.count, !secrets.isEmpty else {
            throw SettingsError("\(name) must be whsec_ and base64 of 24 to 64 bytes, each of them")
        }
        return secrets
    }
}
