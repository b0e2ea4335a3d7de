import Model
import SigV4

/// A role and how it is asked for.
struct AssumedRole: Sendable {
    let arn: String
    /// How the session is called in AWS's logs.
    let sessionName: String
    var externalID: String?
    /// 900 to 43,200; nil leaves it to AWS (an hour).
    var durationInSeconds: Int?

    init(arn: String, sessionName: String) {
        self.arn = arn
        self.sessionName = sessionName
    }

    /// What a session is called that nobody named: `longshore-1440938160`.
    static func sessionName(_ surroundings: CredentialsSurroundings) -> String {
        "longshore-\(surroundings.clock.wallClock().signingTime.secondsSince1970)"
    }
}
