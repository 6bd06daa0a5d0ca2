using System.Text;
using Triptych.Ingest.Levels;
using Triptych.Model.Labels;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Tests.Levels;

public sealed class LevelDetectorTests
{
    [Theory]
    [InlineData("""{"level":"warn","msg":"error"}""", LogLevel.Warn)]
    [InlineData("""{"msg":"x","log":{"level":"ERROR"}}""", LogLevel.Error)]
    [InlineData("""{"a":{"b":{"level":"error"}},"msg":"ok"}""", LogLevel.Error, "found as a word: too deep for a field")]
    [InlineData("""{"a":["level","x"],"Severity":"Debug"}""", LogLevel.Debug)]
    [InlineData("""{"msg":"quoted \"level\" here","lvl":"trc"}""", LogLevel.Trace)]
    [InlineData("""{"level":"warn""", LogLevel.Warn)]
    [InlineData("ts=1 level=info msg=\"an error\"", LogLevel.Info)]
    [InlineData("ts=1 lvl=\"CRITICAL\" msg=x", LogLevel.Critical)]
    [InlineData("ts=1 level=strange msg=\"a warning\"", LogLevel.Warn)]
    [InlineData("2024-01-01 [INFO] started", LogLevel.Info)]
    [InlineData("FATAL: out of memory", LogLevel.Fatal)]
    [InlineData("an informational word, error_count=3", LogLevel.Unknown)]
    [InlineData("dbg", LogLevel.Debug)]
    [InlineData("nothing to see", LogLevel.Unknown)]
    [InlineData("", LogLevel.Unknown)]
    [InlineData("{", LogLevel.Unknown)]
    [InlineData("=", LogLevel.Unknown)]
    [InlineData("level=", LogLevel.Unknown)]
    public void Lines_tell_their_level(string line, LogLevel expected, string? why = null) =>
        LevelDetector.FromLine(Encoding.UTF8.GetBytes(line)).ShouldBe(expected, why);

    [Theory]
    [InlineData(0, LogLevel.Unknown)]
    [InlineData(1, LogLevel.Trace)]
    [InlineData(8, LogLevel.Debug)]
    [InlineData(9, LogLevel.Info)]
    [InlineData(16, LogLevel.Warn)]
    [InlineData(17, LogLevel.Error)]
    [InlineData(24, LogLevel.Fatal)]
    [InlineData(25, LogLevel.Unknown)]
    public void Severity_numbers_come_in_bands(int number, LogLevel expected) => LevelDetector.FromSeverityNumber(number).ShouldBe(expected);

    [Fact]
    public void The_surest_source_wins()
    {
        var metadata = LabelSet.Encode([new("severity", "debug")]);
        LevelDetector.Detect(LogLevel.Fatal, metadata, 9, "error"u8).ShouldBe(LogLevel.Fatal);
        LevelDetector.Detect(LogLevel.Unknown, metadata, 9, "error"u8).ShouldBe(LogLevel.Debug);
        LevelDetector.Detect(LogLevel.Unknown, [], 9, "error"u8).ShouldBe(LogLevel.Info);
        LevelDetector.Detect(LogLevel.Unknown, [], 0, "error"u8).ShouldBe(LogLevel.Error);
    }
}
