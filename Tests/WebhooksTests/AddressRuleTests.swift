import CurlTransport
import Testing

@testable import Webhooks

struct AddressRuleTests {
    private func admits(_ text: String, allowing networks: [String] = []) throws -> Bool {
        let rule = AddressRule(allowing: try networks.map { try #require(Network($0), "\($0)") })
        return rule.admits(try #require(PeerAddress(text: text), "\(text)"))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "9.255.255.255",
        "11.0.0.0", "169.253.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ])
    func publicAddressesAreAdmitted(text: String) throws {
        #expect(try admits(text))
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
        "febf::1",
        "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1",
        "64:ff9b:1::1", "2001:0:1::1",
    ])
    func othersAreNot(text: String) throws {
        #expect(try !admits(text), "\(text)")
    }

    @Test func theSettingsMayAllowSome() throws {
        #expect(try admits("10.1.2.3", allowing: ["10.1.0.0/16"]))
        #expect(try !admits("10.2.2.3", allowing: ["10.1.0.0/16"]))
        #expect(try admits("127.0.0.1", allowing: ["127.0.0.1"]))
        #expect(try !admits("127.0.0.2", allowing: ["127.0.0.1"]))
        #expect(try admits("::ffff:10.1.2.3", allowing: ["10.1.0.0/16"]))
        #expect(try admits("fd12::1", allowing: ["fd00::/8"]))
        #expect(try !admits("fe80::1", allowing: ["fd00::/8"]))
        #expect(try admits("10.1.2.3", allowing: ["0.0.0.0/0"]))
        #expect(try !admits("::1", allowing: ["0.0.0.0/0"]))
    }

    @Test(arguments: [
        "", "10", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.1/8", "fd00::/129", "host", "10.0.0.0/8/8",
        "::1/127",
    ])
    func whatIsNoNetworkIsRefused(text: String) {
        #expect(Network(text) == nil)
    }
}
