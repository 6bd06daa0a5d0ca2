using System.Collections.Concurrent;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.S3.Tests;

/// <summary>What passes is borne: throttling, silence, torn bodies either way, lost answers, killed daemons.</summary>
[Collection(OneAtATime.Name)]
public sealed class FaultTests(SmallCeph ceph) : IAsyncLifetime
{
    private FaultProxy _proxy = null!;
    private S3Options _options = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _proxy = new FaultProxy(ceph.Port);
        _options = await ceph.NewBucketAsync() with { Endpoint = _proxy.Endpoint };
    }

    public async ValueTask DisposeAsync() => await _proxy.DisposeAsync();

    [Theory]
    [InlineData(503, "SlowDown")]
    [InlineData(429, "TooManyRequests")]
    [InlineData(500, "InternalError")]
    [InlineData(400, "RequestTimeout")]
    public async Task An_answer_that_says_later_is_asked_again(int status, string code)
    {
        using var store = Open();
        FaultFirst(2, "", new ProxyFault { Answer = (status, code) });
        await store.PutAsync("x", new byte[] { 1, 2, 3 }, Stop);
        _proxy.Requests.Count.ShouldBe(3);
        (await store.GetLengthAsync("x", Stop)).ShouldBe(3);
    }

    [Fact]
    public async Task Silence_ends_in_time_and_is_asked_again()
    {
        using var store = Open(_options with { Timeout = TimeSpan.FromSeconds(2) });
        FaultFirst(1, "GET ", new ProxyFault { Stall = true });
        await store.PutAsync("x", new byte[] { 1, 2, 3 }, Stop);
        (await store.GetRangeAsync("x", 0, new byte[3], Stop)).ShouldBe(3);
        _proxy.Requests.Count(static r => r.StartsWith("GET ", StringComparison.Ordinal)).ShouldBeGreaterThan(1);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3_000)]
    [InlineData(500_000)]
    public async Task A_torn_answer_goes_on_where_it_ended(int cutAfterBytes)
    {
        using var store = Open();
        var content = new byte[1_000_000];
        new Random(cutAfterBytes).NextBytes(content);
        await store.PutAsync("x", content, Stop);
        FaultFirst(3, "GET ", new ProxyFault { CutAnswerAfterBytes = cutAfterBytes });
        var buffer = new byte[content.Length + 5];
        (await store.GetRangeAsync("x", 0, buffer, Stop)).ShouldBe(content.Length);
        buffer.AsSpan(0, content.Length).SequenceEqual(content).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public async Task A_body_that_was_sent_in_part_is_sent_again(int cutAfterBytes)
    {
        using var store = Open();
        var content = new byte[12 << 20];
        new Random(cutAfterBytes).NextBytes(content);
        FaultFirst(2, "PUT ", new ProxyFault { CutRequestAfterBytes = cutAfterBytes });
        (await store.PutAsync("x", (stream, token) => stream.WriteAsync(content, token), Stop)).ShouldBe(content.Length);
        var buffer = new byte[content.Length];
        (await store.GetRangeAsync("x", 0, buffer, Stop)).ShouldBe(content.Length);
        buffer.AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public async Task Who_won_is_known_when_the_answer_got_lost()
    {
        using var store = Open();
        FaultFirst(1, "PUT ", new ProxyFault { LoseAnswer = true });
        (await store.PutIfAbsentAsync("lock", new byte[] { 1 }, Stop)).ShouldBeTrue();
        _proxy.Requests.Count(static r => r.StartsWith("PUT ", StringComparison.Ordinal)).ShouldBe(2);
        (await store.PutIfAbsentAsync("lock", new byte[] { 1 }, Stop)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_upload_is_done_when_the_answer_to_its_completion_got_lost()
    {
        using var store = Open();
        FaultFirst(1, "POST /" + _options.Bucket + "/x?uploadId", new ProxyFault { LoseAnswer = true });
        (await store.PutAsync("x", static (stream, token) => stream.WriteAsync(new byte[11 << 20], token), Stop)).ShouldBe(11 << 20);
        (await store.GetLengthAsync("x", Stop)).ShouldBe(11 << 20);
    }

    [Fact]
    public async Task A_failed_upload_leaves_no_parts_and_a_crashed_one_goes_by_its_age()
    {
        using var bucket = new S3Bucket(_options, TimeProvider.System);
        using var store = Open();
        await Should.ThrowAsync<InvalidDataException>(async () => await store.PutAsync(
            "x",
            static async (stream, token) =>
            {
                await stream.WriteAsync(new byte[11 << 20], token);
                throw new InvalidDataException("no");
            },
            Stop));
        (await bucket.ListUploadsAsync(Stop)).ShouldBeEmpty();

        var left = await bucket.BeginUploadAsync("left", "somebody", Stop);
        await bucket.PutPartAsync(left, 1, new byte[100], Stop);
        (await store.RemoveAbandonedUploadsAsync(Stop)).ShouldBe(0);
        using var later = Open(_options with { AbandonedUploadAge = TimeSpan.Zero });
        (await later.RemoveAbandonedUploadsAsync(Stop)).ShouldBe(1);
        (await bucket.ListUploadsAsync(Stop)).ShouldBeEmpty();
        await bucket.AbortUploadAsync(left, Stop);
    }

    [Fact]
    public async Task Of_racing_puts_whose_answers_get_lost_one_wins()
    {
        var requests = 0;
        _proxy.Fault = r => r.StartsWith("PUT ", StringComparison.Ordinal)
            && Interlocked.Increment(ref requests) % 3 == 0 ? new ProxyFault { LoseAnswer = true } : null;
        using var store = Open();
        for (var round = 0; round < 5; round++)
        {
            var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => store.PutIfAbsentAsync($"lock{round}", new[] { (byte)i }, Stop).AsTask()));
            won.Count(static w => w).ShouldBe(1);
            var winner = new byte[1];
            await store.GetRangeAsync($"lock{round}", 0, winner, Stop);
            winner[0].ShouldBe((byte)Array.IndexOf(won, true));
        }
    }

    /// <summary>One of each daemon is killed in turn. With TRIPTYCH_TEST_LONG in a cluster that has three of them, and for longer.</summary>
    [Fact]
    public async Task Nothing_acknowledged_is_lost_while_daemons_are_killed()
    {
        if (Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") != "1")
        {
            await KillAndCompareAsync(ceph, ["rgw.0", "osd.0"], TimeSpan.FromSeconds(1));
            return;
        }

        await using var large = new Ceph(new CephSize(3, 3, 2));
        await large.InitializeAsync();
        for (var round = 0; round < 5; round++) await KillAndCompareAsync(large, ["osd.1", "mon.b", "rgw.0"], TimeSpan.FromSeconds(5));
    }

    private static async Task KillAndCompareAsync(Ceph cluster, string[] daemons, TimeSpan downTime)
    {
        var options = await cluster.NewBucketAsync() with { Timeout = TimeSpan.FromSeconds(5), RetryDelay = TimeSpan.FromMilliseconds(200), MaxRetries = 30 };
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        var acknowledged = new ConcurrentDictionary<string, int>();
        using var enough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var key = $"w{writer}/{i}";
                var seed = (writer * 1_000_000) + i;
                await store.PutAsync(key, ContentOf(seed), Stop);
                acknowledged[key] = seed;
            }
        })).ToList();
        foreach (var daemon in daemons)
        {
            await MoreAsync(acknowledged, writers);
            await cluster.KillAsync(daemon);
            await Task.Delay(downTime, Stop);
            await cluster.RestartAsync(daemon);
        }

        await MoreAsync(acknowledged, writers);
        await enough.CancelAsync();
        await Task.WhenAll(writers);
        await Parallel.ForEachAsync(acknowledged, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop }, async (put, token) =>
        {
            var expected = ContentOf(put.Value);
            var found = new byte[expected.Length + 1];
            (await store.GetRangeAsync(put.Key, 0, found, token)).ShouldBe(expected.Length);
            found.AsSpan(0, expected.Length).SequenceEqual(expected).ShouldBeTrue(put.Key);
        });
    }

    /// <summary>Until writers got on: what was killed before is back.</summary>
    private static async Task MoreAsync(ConcurrentDictionary<string, int> acknowledged, List<Task> writers)
    {
        var enough = acknowledged.Count + 50;
        while (acknowledged.Count < enough)
        {
            if (writers.Find(static w => w.IsFaulted) is { } failed) await failed;
            await Task.Delay(20, Stop);
        }
    }

    private static byte[] ContentOf(int seed)
    {
        var random = new Random(seed);
        var content = new byte[random.Next(1, 20_000)];
        random.NextBytes(content);
        return content;
    }

    private S3ObjectStore Open(S3Options? options = null) => S3ObjectStore.Open(options ?? _options, TimeProvider.System);

    private void FaultFirst(int times, string requestsWith, ProxyFault fault)
    {
        var left = times;
        _proxy.Fault = request => request.StartsWith(requestsWith, StringComparison.Ordinal) && Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }
}
