using System.Globalization;
using Amazon;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.S3.Tests;

/// <summary>What cannot work says why in one line, and is asked once.</summary>
[Collection(OneAtATime.Name)]
public sealed class RefusalTests(SmallCeph ceph)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_that_can_be_used_passes_the_start_check()
    {
        using var store = S3ObjectStore.Open(await ceph.NewBucketAsync(), TimeProvider.System);
        await store.CheckAsync(Stop);
        await foreach (var left in store.ListAsync("", Stop)) throw new InvalidOperationException($"{left.Key} was left");
    }

    [Fact]
    public async Task A_wrong_secret_key() =>
        await ShouldBeRefusedAsync(await ceph.NewBucketAsync() with { SecretKey = "not-the-secret" }, ObjectStoreFault.WrongSecretKey, "storage.object_store.secret_key");

    [Fact]
    public async Task An_unknown_access_key() =>
        await ShouldBeRefusedAsync(await ceph.NewBucketAsync() with { AccessKey = "nobody" }, ObjectStoreFault.UnknownAccessKey, "nobody", "storage.object_store.access_key");

    [Fact]
    public async Task A_missing_bucket() =>
        await ShouldBeRefusedAsync(ceph.Options("no-such-bucket"), ObjectStoreFault.MissingBucket, "storage.object_store.bucket");

    [Fact]
    public async Task A_bucket_of_another_user() =>
        await ShouldBeRefusedAsync((await ceph.NewBucketAsync()).As(await ceph.NewUserAsync()), ObjectStoreFault.Denied, "403", "storage.object_store.access_key");

    [Fact]
    public async Task Nobody_who_listens()
    {
        var options = await ceph.NewBucketAsync() with { Endpoint = new Uri("http://127.0.0.1:1"), MaxRetries = 2 };
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        var failure = await Should.ThrowAsync<ObjectStoreException>(async () => await store.CheckAsync(Stop));
        failure.Fault.ShouldBe(ObjectStoreFault.NoConnection);
        failure.Message.ShouldContain("refused", Case.Insensitive);
        failure.Message.ShouldContain("storage.object_store.endpoint");
    }

    [Fact]
    public async Task A_suspended_user_until_it_is_enabled_again()
    {
        var user = await ceph.NewUserAsync();
        var options = await ceph.NewBucketAsync(user);
        await ceph.AdminAsync("user", "suspend", $"--uid={user.Name}");
        await ShouldBeRefusedAsync(options, ObjectStoreFault.UserSuspended, user.AccessKey, "suspended");
        await ceph.AdminAsync("user", "enable", $"--uid={user.Name}");
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        await store.CheckAsync(Stop);
    }

    [Fact]
    public async Task A_full_quota_refuses_puts_and_not_reads()
    {
        // Before the gateway has seen the user, and by size: it keeps both the user and the counts of objects for minutes.
        var user = await ceph.NewUserAsync();
        await ceph.AdminAsync("quota", "set", "--quota-scope=user", $"--uid={user.Name}", "--max-size=1048576");
        await ceph.AdminAsync("quota", "enable", "--quota-scope=user", $"--uid={user.Name}");
        var options = await ceph.NewBucketAsync(user);
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        await store.PutAsync("there", new byte[] { 1 }, Stop);
        var failure = await Should.ThrowAsync<ObjectStoreException>(async () => await store.PutAsync("more", new byte[2 << 20], Stop));
        failure.Fault.ShouldBe(ObjectStoreFault.QuotaFull);
        ShouldSay(failure, options, "quota");
        (await Should.ThrowAsync<ObjectStoreException>(async () => await store.PutAsync(
            "more", static (stream, token) => stream.WriteAsync(new byte[6 << 20], token), Stop))).Fault.ShouldBe(ObjectStoreFault.QuotaFull);
        var buffer = new byte[2];
        (await store.GetRangeAsync("there", 0, buffer, Stop)).ShouldBe(1);
    }

    [Theory]
    [InlineData(301, "PermanentRedirect", ObjectStoreFault.WrongRegion, "storage.object_store.region")]
    [InlineData(400, "AuthorizationHeaderMalformed", ObjectStoreFault.WrongRegion, "storage.object_store.region")]
    [InlineData(507, "InsufficientStorage", ObjectStoreFault.QuotaFull, "quota")]
    [InlineData(400, "SomethingElse", ObjectStoreFault.Unexpected, "SomethingElse")]
    public async Task What_this_gateway_cannot_be_made_to_answer(int status, string code, ObjectStoreFault fault, string text)
    {
        await using var proxy = new FaultProxy(ceph.Port) { Fault = _ => new ProxyFault { Answer = (status, code) } };
        await ShouldBeRefusedAsync(ceph.Options("any-bucket") with { Endpoint = proxy.Endpoint }, fault, text);
        proxy.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(-120)]
    [InlineData(120)]
    public async Task A_wrong_clock_is_refused_by_the_gateway_told_with_the_time_of_this_host_and_not_tried_again(int minutes)
    {
        var bucket = await ceph.NewBucketAsync();
        await using var proxy = new FaultProxy(ceph.Port);
        try
        {
            // The time that requests are signed with, as on a host whose clock is wrong.
            AWSConfigs.ManualClockCorrection = TimeSpan.FromMinutes(minutes);
            await ShouldBeRefusedAsync(
                bucket with { Endpoint = proxy.Endpoint },
                ObjectStoreFault.ClockSkew,
                "clock",
                TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            proxy.Requests.Count.ShouldBe(1);
        }
        finally
        {
            AWSConfigs.ManualClockCorrection = null;
        }
    }

    private static async Task ShouldBeRefusedAsync(S3Options options, ObjectStoreFault fault, params string[] texts)
    {
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        var failure = await Should.ThrowAsync<ObjectStoreException>(async () => await store.CheckAsync(Stop));
        failure.Fault.ShouldBe(fault, failure.Message);
        failure.IsTransient.ShouldBeFalse();
        ShouldSay(failure, options, texts);
    }

    private static void ShouldSay(ObjectStoreException failure, S3Options options, params string[] texts)
    {
        foreach (var text in (string[])[.. texts, options.Endpoint.OriginalString, options.Bucket]) failure.Message.ShouldContain(text);
        failure.Message.ShouldNotContain("\n");
        failure.Message.ShouldNotContain(options.SecretKey);
    }
}

internal static class S3OptionsOfUsers
{
    /// <summary>The same bucket, asked by another user.</summary>
    public static S3Options As(this S3Options options, S3User user) => options with { AccessKey = user.AccessKey, SecretKey = user.SecretKey };
}
