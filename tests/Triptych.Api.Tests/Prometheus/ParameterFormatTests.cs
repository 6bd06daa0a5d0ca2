using Triptych.Api.Prometheus;

namespace Triptych.Api.Tests.Prometheus;

public sealed class ParameterFormatTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1.0006", 1001)]
    [InlineData("1e3", 1_000_000)]
    [InlineData("-1.5", -1500)]
    [InlineData("1700000000.123", 1_700_000_000_123)]
    [InlineData("1970-01-01T00:00:01Z", 1000)]
    [InlineData("1970-01-01T01:00:01.123456789+01:00", 1123)]
    public void Times_are_seconds_or_rfc3339(string text, long timestampMs)
    {
        PrometheusTime.TryParse(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(timestampMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("Inf")]
    [InlineData("1e300")]
    [InlineData("now")]
    [InlineData("1970-01-01T00:00:01")]
    [InlineData("1970-01-01T00:00:01.Z")]
    [InlineData("1970-01-01")]
    public void Other_times_are_refused(string text) => PrometheusTime.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.001")]
    [InlineData(1_100, "1.100")]
    [InlineData(-1_500, "-1.500")]
    [InlineData(1_700_000_000_000, "1700000000")]
    [InlineData(long.MinValue, "-9223372036854775.808")]
    public void Timestamps_are_written_with_no_or_three_digits_behind_the_point(long timestampMs, string text) =>
        PrometheusTime.Format(timestampMs).ShouldBe(text);

    [Theory]
    [InlineData("15", 15_000_000_000)]
    [InlineData("0.5", 500_000_000)]
    [InlineData("1h30m", 5_400_000_000_000)]
    [InlineData("500ms", 500_000_000)]
    public void Durations_are_seconds_or_have_units(string text, long nanos)
    {
        PrometheusTime.TryParseDuration(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(nanos);
    }

    [Theory]
    [InlineData("1x")]
    [InlineData("1e30")]
    [InlineData("NaN")]
    public void Other_durations_are_refused(string text) => PrometheusTime.TryParseDuration(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("job", "job")]
    [InlineData("U__my_2e_label", "my.label")]
    [InlineData("U__a__b", "a_b")]
    [InlineData("U__x_1f600_", "x😀")]
    [InlineData("U__bad_zz_", "U__bad_zz_")]
    [InlineData("U__open_2e", "U__open_2e")]
    [InlineData("U__sur_d800_", "U__sur_d800_")]
    public void Escaped_names_are_unescaped(string text, string name) => EscapedName.Unescape(text).ShouldBe(name);
}
