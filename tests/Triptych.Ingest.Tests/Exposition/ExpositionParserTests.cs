using System.Text;
using Triptych.Ingest.Exposition;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Tests.Exposition;

public sealed class ExpositionParserTests
{
    [Theory]
    [InlineData("up 1", "__name__=up 1")]
    [InlineData("up{} 1 1700", "__name__=up 1 @1700")]
    [InlineData("  up { a = \"b\" , c=\"d\", } 2.5e3 -5", "__name__=up,a=b,c=d 2500 @-5")]
    [InlineData("up{a=\"x\\\\y\\n\\\"z\"} +Inf", "__name__=up,a=x\\y\n\"z +Inf")]
    [InlineData("{\"my.name\",l=\"v\"} 1", "__name__=my.name,l=v 1")]
    [InlineData("{\"my.name\"} 1", "__name__=my.name 1")]
    [InlineData("x{\"l.a\"=\"v\"} -inf", "__name__=x,l.a=v -Inf")]
    [InlineData("# HELP up some \\\\ text\nup 1\r\n\n# a comment\n", "HELP up: some \\\\ text;__name__=up 1")]
    [InlineData("# TYPE up counter", "TYPE up: counter")]
    [InlineData("# TYPE \"a.b\" gauge", "TYPE a.b: gauge")]
    [InlineData("rule:x 0x1p3", null)]
    [InlineData("up", null)]
    [InlineData("up{a=\"b\" 1", null)]
    [InlineData("up{a} 1", null)]
    [InlineData("up{\"a\"} 1", null)]
    [InlineData("up{a=b} 1", null)]
    [InlineData("up-x 1", null)]
    [InlineData("up 1 2 3", null)]
    [InlineData("up 1 2.5", null)]
    [InlineData("{} 1", null)]
    [InlineData("# TYPE up strange", null)]
    public void Prometheus_text(string text, string? expected) => Read(text, ExpositionFormat.Prometheus).ShouldBe(expected);

    [Theory]
    [InlineData(
        "# TYPE a counter\n# UNIT a seconds\n# HELP a h\na_total 1 1.5 # {t=\"x\"} 0.5 2\n# EOF\n",
        "TYPE a: counter;UNIT a: seconds;HELP a: h;__name__=a_total 1 @1500 # t=x 0.5 @2000")]
    [InlineData("a_bucket{le=\"1\"} 3 # {} 2\n# EOF", "__name__=a_bucket,le=1 3 #  2")]
    [InlineData("a 1\n", null)]
    [InlineData("a 1\n# EOF\na 2\n", null)]
    [InlineData("\n# EOF\n", null)]
    [InlineData("# whatever\n# EOF\n", null)]
    [InlineData("a 1 # t=x 1\n# EOF\n", null)]
    [InlineData("# TYPE a untyped\n# EOF\n", null)]
    public void Open_metrics(string text, string? expected) => Read(text, ExpositionFormat.OpenMetrics).ShouldBe(expected);

    [Fact]
    public void An_error_names_its_line()
    {
        var parser = new ExpositionParser("a 1\nb\n"u8, ExpositionFormat.Prometheus);
        parser.TryRead(out _).ShouldBeTrue();
        parser.TryRead(out _).ShouldBeFalse();
        parser.Error.ShouldNotBeNull().ShouldStartWith("line 2: ");
    }

    [Fact]
    public void Nan_has_the_bits_that_are_not_the_stale_marker()
    {
        var parser = new ExpositionParser("a NaN\n"u8, ExpositionFormat.Prometheus);
        parser.TryRead(out _).ShouldBeTrue();
        BitConverter.DoubleToInt64Bits(parser.Value).ShouldBe(SpecialValues.NormalNanBits);
    }

    private static string? Read(string text, ExpositionFormat format)
    {
        var items = new List<string>();
        var parser = new ExpositionParser(Encoding.UTF8.GetBytes(text), format);
        var writer = new LabelSetWriter();
        while (parser.TryRead(out var item))
        {
            if (item != ExpositionItem.Sample)
            {
                items.Add($"{item.ToString().ToUpperInvariant()} {Encoding.UTF8.GetString(parser.MetricName)}: {Encoding.UTF8.GetString(parser.Text)}");
                continue;
            }

            writer.Reset();
            parser.WriteLabels(writer);
            writer.TryFinish(out var labels).ShouldBe(LabelSetError.None);
            var sample = $"{Decoded.Labels(labels)} {Number(parser.Value)}{(parser.HasTimestamp ? $" @{parser.TimestampMs}" : "")}";
            if (parser.HasExemplar)
            {
                writer.Reset();
                parser.WriteExemplarLabels(writer);
                writer.TryFinish(out labels).ShouldBe(LabelSetError.None);
                sample += $" # {Decoded.Labels(labels)} {Number(parser.ExemplarValue)}{(parser.HasExemplarTimestamp ? $" @{parser.ExemplarTimestampMs}" : "")}";
            }

            items.Add(sample);
        }

        return parser.Error is null ? string.Join(';', items) : null;
    }

    private static string Number(double value) => Primitives.Text.FloatFormat.Prometheus(value);
}
