package corpus

import (
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// Marks in values that must not come out: of what a log driver is told in the clear,
// and of the environment, which belongs into the workload and nowhere else.
const (
	SecretMark      = "t0ken-in-the-clear"
	EnvironmentMark = "value-of-the-environment"
)

// secretKey is an option of a log driver that people set to a secret.
const secretKey = "splunk-token"

// nonsense is what any text may be.
var nonsense = []string{
	"", " ", "x", "X_y", "ü", "a b", "a.b/c:d", "$(X)", "$$(X)", "{{ .Values.x }}", "-", "---\n- a: b", "\"'`\\", "\x00\x7f", "0", "-1", "1e9", "true", "null",
	"arn:aws:", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf", "../../etc", "a-name-that-is-far-too-long-for-a-label-of-the-domain-name-system-as-everybody-knows",
}

// keys of maps: of log options, labels, tags.
func (t drawer) keys() []string {
	usual := []string{"a", "B_c", "com.example/x", "com.example.team", "awslogs-group", secretKey, "Name", "traefik.http.routers.x.rule"}
	if t.odd {
		usual = append(usual, "", "ü", "x y")
	}
	return usual
}

const (
	someArn  = "arn:aws:servicediscovery:eu-central-1:111122223333:service/srv-0000000000000001"
	otherArn = "arn:aws:servicediscovery:eu-central-1:111122223333:service/srv-0000000000000002"
	group    = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0011223344556677"
)

var someNames = []inventory.Name{
	{Place: place, ID: "srv-0000000000000001", ARN: someArn, DNSName: "orders.shop.internal",
		Settings: names.Settings{Name: "orders", Namespace: "shop.internal", Type: "DNS_HTTP", Routing: "MULTIVALUE", Records: []names.Record{{Type: "A", TTL: 60}}}},
	{Place: place, ID: "srv-0000000000000002", ARN: otherArn, DNSName: "_orders._tcp.shop.internal",
		Settings: names.Settings{Name: "_orders._tcp", Namespace: "shop.internal", Type: "DNS", Routing: "WEIGHTED", Records: []names.Record{{Type: "SRV", TTL: 3600}}}},
}

var place = inventory.Place{Account: "111122223333", Region: "eu-central-1"}

var someGroups = []inventory.TargetGroup{{Place: place, ARN: group, Name: "orders", Type: "ip", Protocol: "HTTP", Port: 8080, VPC: "vpc-0a1b2c3d4e5f60718"}}

// habits are what people write into a field, by its name, or with that of the one above.
var habits = map[string][]string{
	"name": {"app", "proxy", "My_App", "data", "http", "LOG_LEVEL", "init"}, "containerName": {"app", "proxy", "My_App"}, "sourceContainer": {"app", "proxy"},
	"sourceVolume": {"data", "app"}, "image": {"nginx:1.27", "docker.io/example/app", "111122223333.dkr.ecr.eu-central-1.amazonaws.com/orders@sha256:0000000000000000000000000000000000000000000000000000000000000001"},
	"family": {"orders", "Orders_API"}, "cpu": {"256", "1024", "0.5 vCPU", "1 vCPU"}, "memory": {"512", "2048", "1GB", "0.5 GB"},
	"environment.value": {EnvironmentMark, "", "$(" + EnvironmentMark + ")"}, "value": {"2", "120", "arn:aws:s3:::settings/a.env", "device_1"}, "portName": {"http", "app"}, "discoveryName": {"orders", "orders-http"}, "dnsName": {"orders", "orders.shop.internal"},
	"valueFrom": {"arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-AbCdEf:password::", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-AbCdEf:::v1",
		"arn:aws:ssm:eu-central-1:111122223333:parameter/shop/key", "shop-key", "arn:aws:secretsmanager:us-east-1:444455556666:secret:other-AbCdEf"},
	"options.*": {"/ecs/orders", "eu-central-1", "non-blocking"}, "dockerLabels.*": {"true", "web"},
	"taskRoleArn": {"arn:aws:iam::111122223333:role/orders"}, "executionRoleArn": {"arn:aws:iam::111122223333:role/path/ecs-execution"},
	"containerPath": {"/data", "/tmp", "/dev/shm", "/var/lib/app/"}, "sourcePath": {"/var/lib/x", "/"}, "hostPath": {"/dev/fuse", "/dev/input0"},
	"user": {"0", "1000", "1000:1000", "app", "app:staff"}, "workingDirectory": {"/srv", "srv"}, "hostname": {"db.example.com", "Db_1"}, "ipAddress": {"10.1.2.3", "fd00::1"},
	"command": {"CMD", "CMD-SHELL", "NONE", "curl -f http://localhost/", "$(X)"}, "entryPoint": {"/bin/sh", "-c"}, "dnsServers": {"10.0.0.2", "fd00::1"}, "dnsSearchDomains": {"example.com", "_x.example.com"},
	"containerPortRange": {"8000-8010", "30000-30099"}, "links": {"app:alias", "app", "x:Y_z"}, "mountOptions": {"noexec", "size=1"}, "add": {"NET_ADMIN", "CAP_SYS_TIME", "ALL"}, "drop": {"ALL", "MKNOD"},
	"dockerSecurityOptions": {"no-new-privileges", "label:type:x_t", "label=disable", "apparmor:unconfined", "seccomp:unconfined", "credentialspec:file://x"}, "credentialSpecs": {"credentialspec:ssm://x", "credentialspecdomainless:x"},
	"namespace": {"net.ipv4.tcp_keepalive_time", "net.core.somaxconn", "kernel.shm_rmid_forced", "shop.internal", "net/ipv4/tcp_syncookies"}, "credentialsParameter": {"arn:aws:secretsmanager:eu-central-1:111122223333:secret:registry-AbCdEf"},
	"fileSystemId": {"fs-0123456789abcdef0"}, "accessPointId": {"fsap-0123456789abcdef0"}, "rootDirectory": {"/", "/x"}, "driver": {"local", "rexray/ebs"},
	"expression": {"attribute:ecs.availability-zone in [eu-central-1a, eu-central-1b]", "attribute:ecs.instance-type =~ m6.*", "attribute:rack == blue", "task:group == x"},
	"field":      {"instanceId", "host", "attribute:ecs.availability-zone", "memory", "cpu"}, "capacityProvider": {"FARGATE", "FARGATE_SPOT", "my-asg"},
	"clusterArn": {"arn:aws:ecs:eu-central-1:111122223333:cluster/Shop_1", "arn:aws:ecs:eu-central-1:111122223333:cluster/shop", "shop"}, "serviceArn": {"arn:aws:ecs:eu-central-1:111122223333:service/shop/orders"},
	"registryArn": {someArn, otherArn, "arn:aws:servicediscovery:eu-central-1:111122223333:service/srv-unknown"}, "targetGroupArn": {group, group + "8"}, "loadBalancerName": {"classic"},
	"securityGroups": {"sg-01", "sg-02"}, "subnets": {"subnet-01"}, "volumeType": {"gp3", "io2"}, "snapshotId": {"snap-0123456789abcdef0"}, "kmsKeyId": {"arn:aws:kms:eu-central-1:111122223333:key/1"},
	"key": {"team", "cost centre", "com.example/x"}, "platformFamily": {"Linux", "Windows"},
	"PolicyName": {"cpu", "memory"}, "ResourceId": {"service/shop/orders"}, "ResourceLabel": {"app/shop/1/targetgroup/orders/0011223344556677"}, "Schedule": {"cron(0 7 ? * MON-FRI *)", "rate(5 minutes)", "at(2026-01-01T00:00:00)"},
	"Timezone": {"Europe/Berlin", "UTC"}, "Statistic": {"Average"}, "MetricName": {"Depth"}, "Namespace": {"AWS/SQS"}, "ScheduledActionName": {"open"},
}

// numbers are those that AWS takes in a field; where none are said, small ones do.
var numbers = map[string][]int{
	"containerPort": {80, 8080, 50051, 65535}, "hostPort": {0, 8080}, "port": {80, 8080}, "cpu": {0, 10, 256, 2048}, "memory": {512, 2048}, "memoryReservation": {6, 512},
	"maximumPercent": {100, 130, 200}, "minimumHealthyPercent": {0, 50, 100}, "desiredCount": {0, 1, 3, 40}, "interval": {5, 30, 300}, "timeout": {2, 5, 60}, "retries": {1, 3, 10}, "startPeriod": {0, 30, 300},
	"stopTimeout": {0, 30, 120}, "startTimeout": {2, 600}, "softLimit": {1024, 65535}, "hardLimit": {65535}, "swappiness": {0, 60, 100}, "restartAttemptPeriod": {60, 1800}, "ignoredExitCodes": {0, 143},
	"sizeInGiB": {1, 21, 200}, "iops": {3000, 4000}, "throughput": {125, 1000}, "transitEncryptionPort": {2049}, "weight": {0, 1, 1000}, "base": {0, 1}, "healthCheckGracePeriodSeconds": {0, 60, 1<<31 - 1},
	"MinCapacity": {0, 1, 3}, "MaxCapacity": {3, 40}, "ScaleInCooldown": {0, 60, 3600}, "ScaleOutCooldown": {0, 60, 3600}, "ScalingAdjustment": {-1, 1, 50},
}
