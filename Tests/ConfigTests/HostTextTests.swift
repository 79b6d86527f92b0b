import Config
import Testing

@Suite struct HostTextTests {
  @Test(arguments: [
    "a", "A.example", "a_b.example.", "a-b~c", "127.0.0.1", "a:80", "a:0", "a:65535", "[::1]",
    "[2001:db8::1]:8080", String(repeating: "x", count: 255),
  ])
  func takesAuthorities(text: String) {
    #expect(HostText.isAuthority(text) && HostText.isDomain(text))
    #expect(HostText.hasPort(text) == text.contains(#/:\d+$/#))
  }

  @Test(arguments: [
    "*", "*.example", "*-x.example", "a.*", "a-*", "a.example:*", "*.example:80", "*:80", "[::1]:*",
  ])
  func takesStarsAtTheEnds(domain: String) {
    #expect(HostText.isDomain(domain) && !HostText.isAuthority(domain))
  }

  @Test(arguments: [
    "", "a b", "a\r\nb", "a/b", "u@a", "a?b", "a#b", "é", "a:", ":80", "a:65536", "a:123456",
    "a:8 ", "a:80:81", "[::1", "[]", "[a]", "[127.0.0.1]", "[::1]a", "::1",
    String(repeating: "x", count: 256),
  ])
  func refusesTheRest(text: String) {
    #expect(!HostText.isAuthority(text) && !HostText.isDomain(text))
  }
}
