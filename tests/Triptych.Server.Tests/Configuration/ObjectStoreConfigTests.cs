using System.Collections;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

public sealed class ObjectStoreConfigTests : IDisposable
{
    private const string Good =
        """
        storage:
          object_store:
            type: s3
            endpoint: https://s3.eu-central-1.amazonaws.com
            bucket: telemetry
            access_key: AKIAEXAMPLE
            secret_key: very-secret
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void An_s3_section_with_its_defaults_is_right()
    {
        var (config, problems) = Load(Good);
        problems.ShouldBeEmpty();
        config.Storage.ObjectStore.Type.ShouldBe(ObjectStoreType.S3);
        config.Storage.ObjectStore.PartSize.ShouldBe(ByteSize.MiB(8));
    }

    [Fact]
    public void The_secret_comes_from_the_environment_and_is_not_shown()
    {
        var (config, problems) = Load(
            Good.Replace("    secret_key: very-secret", "", StringComparison.Ordinal), new Hashtable { ["TRIPTYCH_STORAGE_OBJECT_STORE_SECRET_KEY"] = "from-outside" });
        problems.ShouldBeEmpty();
        config.Storage.ObjectStore.SecretKey.ShouldBe("from-outside");
        var shown = ConfigText.Write(config);
        shown.ShouldContain("AKIAEXAMPLE");
        shown.ShouldNotContain("from-outside");
    }

    [Theory]
    [InlineData("https://s3.eu-central-1.amazonaws.com", "s3.amazonaws.com", 4, "storage.object_store.endpoint")]
    [InlineData("https://s3.eu-central-1.amazonaws.com", "https://user:pw@host", 4, "storage.object_store.endpoint")]
    [InlineData("https://s3.eu-central-1.amazonaws.com", "https://host/bucket", 4, "storage.object_store.endpoint")]
    [InlineData("bucket: telemetry", "bucket: a/b", 5, "storage.object_store.bucket")]
    [InlineData("bucket: telemetry", "bucket:", 5, "storage.object_store.bucket")]
    [InlineData("access_key: AKIAEXAMPLE", "prefix: /x", 6, "storage.object_store.prefix")]
    [InlineData("access_key: AKIAEXAMPLE", "region: eu", 2, "storage.object_store.access_key")]
    [InlineData("access_key: AKIAEXAMPLE", "part_size: 1MiB", 6, "storage.object_store.part_size")]
    [InlineData("access_key: AKIAEXAMPLE", "secret_key_file: /x", 6, "secret_key_file exclude")]
    [InlineData("access_key: AKIAEXAMPLE", "max_connections: 0", 6, "storage.object_store.max_connections")]
    [InlineData("access_key: AKIAEXAMPLE", "timeout: 0s", 6, "storage.object_store.timeout")]
    [InlineData("secret_key: very-secret", "max_retries: 5", 2, "storage.object_store.secret_key")]
    public void What_is_wrong_is_named_with_its_line(string there, string instead, int line, string names)
    {
        var (_, problems) = Load(Good.Replace(there, instead, StringComparison.Ordinal));
        var problem = problems.Single(p => p.Message.Contains(names, StringComparison.Ordinal));
        problem.Line.ShouldBe(line);
        problem.Message.ShouldNotContain("very-secret");
    }

    [Fact]
    public void A_bucket_without_the_type_is_a_problem_and_not_a_full_disk()
    {
        var (_, problems) = Load(Good.Replace("type: s3", "type: local", StringComparison.Ordinal));
        problems.ShouldContain(p => p.Message.Contains("storage.object_store.bucket is set", StringComparison.Ordinal) && p.Line == 5);
    }

    private (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string yaml, Hashtable? variables = null)
    {
        File.WriteAllText(_file, yaml);
        return ConfigLoader.Load(_file, variables ?? []);
    }
}
