using Triptych.Testing.Kills;

namespace Triptych.Traces.Tests.Compaction;

public sealed class TraceSizeRuleTests
{
    [Fact]
    public Task Beyond_the_size_of_a_rule_its_oldest_spans_go_and_no_others() => new SizeRuleStory(new TraceKills()).TellAsync();
}
