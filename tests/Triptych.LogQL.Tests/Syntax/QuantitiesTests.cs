using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Tests.Syntax;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("5m", 300_000_000_000)]
    [InlineData("1h30m", 5_400_000_000_000)]
    [InlineData("1.5s", 1_500_000_000)]
    [InlineData("1d", 86_400_000_000_000)]
    [InlineData("2w", 1_209_600_000_000_000)]
    [InlineData("1y", 31_536_000_000_000_000)]
    [InlineData("100us", 100_000)]
    [InlineData("-3ns", -3)]
    public void Durations_are_nanoseconds(string text, long nanos)
    {
        Quantities.TryParseDuration(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(nanos);
        Quantities.TryParseDuration(Quantities.PrintDuration(parsed), out var again).ShouldBeTrue();
        again.ShouldBe(nanos);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("1.2.3s")]
    [InlineData("300y")]
    [InlineData("")]
    public void Malformed_or_overflowing_durations_are_refused(string text) =>
        Quantities.TryParseDuration(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("5KB", 5_000)]
    [InlineData("5KiB", 5_120)]
    [InlineData("5kb", 5_000)]
    [InlineData("1.5MB", 1_500_000)]
    [InlineData("10B", 10)]
    [InlineData("2Gi", 2_147_483_648)]
    public void Sizes_are_bytes(string text, double sizeBytes)
    {
        Quantities.TryParseBytes(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(sizeBytes);
    }

    [Theory]
    [InlineData("10.1.2.3/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("192.168.0.1-192.168.0.9", "192.168.0.9", true)]
    [InlineData("192.168.0.1-192.168.0.9", "192.168.0.10", false)]
    [InlineData("::1", "::1", true)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("1.2.3.4", "::1", false)]
    public void Address_patterns_contain_addresses(string pattern, string address, bool expected)
    {
        IpPattern.TryParse(pattern, out var parsed).ShouldBeTrue();
        parsed!.Contains(System.Net.IPAddress.Parse(address)).ShouldBe(expected);
    }
}
