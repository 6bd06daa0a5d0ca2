using Triptych.Testing.Kills;

namespace Triptych.Metrics.Tests.Compaction;

public sealed class MetricSizeRuleTests
{
    [Fact]
    public Task Beyond_the_size_of_a_rule_its_oldest_samples_go_and_no_others() => new SizeRuleStory(new MetricKills()).TellAsync();
}
